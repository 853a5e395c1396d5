import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { developmentTest, open, rejection, sites, thrown } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('searchParams', () => {
  const rows: {
    name: string;
    input: string;
    options: Parameters<ReturnType<typeof open>['get']>[1];
    search: string;
  }[] = [
    {
      name: 'a record is appended',
      input: 'echo',
      options: { searchParams: { a: 1, b: 'two', c: true, d: 4n } },
      search: '?a=1&b=two&c=true&d=4',
    },
    {
      name: 'an array repeats its name',
      input: 'echo',
      options: { searchParams: { a: [1, 2], b: 3 } },
      search: '?a=1&a=2&b=3',
    },
    {
      name: 'null and undefined are omitted',
      input: 'echo',
      options: { searchParams: { a: null, b: undefined, c: '' } },
      search: '?c=',
    },
    {
      name: 'pairs keep their order',
      input: 'echo',
      options: {
        searchParams: [
          ['z', 1],
          ['a', 2],
          ['z', 3],
        ],
      },
      search: '?z=1&a=2&z=3',
    },
    {
      name: 'a string is taken',
      input: 'echo',
      options: { searchParams: 'a=1&b=2' },
      search: '?a=1&b=2',
    },
    {
      name: 'a string may begin with its question mark',
      input: 'echo',
      options: { searchParams: '?a=1' },
      search: '?a=1',
    },
    {
      name: 'URLSearchParams are taken',
      input: 'echo',
      options: { searchParams: new URLSearchParams('a=1&a=2') },
      search: '?a=1&a=2',
    },
    {
      name: 'they join an existing query',
      input: 'echo?x=1',
      options: { searchParams: { a: 2 } },
      search: '?x=1&a=2',
    },
    {
      name: 'the query of the URL is kept byte for byte',
      input: 'echo?b=%7e~+%20*&a&=&x=%zz&a=1',
      options: { searchParams: { a: 2 } },
      search: '?b=%7e~+%20*&a&=&x=%zz&a=1&a=2',
    },
    {
      name: 'an empty query stays clean',
      input: 'echo?',
      options: { searchParams: { a: 1 } },
      search: '?a=1',
    },
    {
      name: 'names are case-sensitive',
      input: 'echo?A=1',
      options: { searchParams: { a: 2 } },
      search: '?A=1&a=2',
    },
    {
      name: 'they stand before the fragment',
      input: 'echo#part',
      options: { searchParams: { a: 1 } },
      search: '?a=1',
    },
    {
      name: 'they are escaped',
      input: 'echo',
      options: { searchParams: { 'a&b': 'c d=ü#' } },
      search: '?a%26b=c+d%3D%C3%BC%23',
    },
    {
      name: 'an empty record adds nothing',
      input: 'echo',
      options: { searchParams: {} },
      search: '',
    },
  ];
  for (const { name, input, options, search } of rows) {
    test(name, async () => {
      const { a } = sites();
      expect(
        (await open({ baseUrl: a.base }).get(input, options).json<JournalEntry>()).search,
      ).toBe(search);
    });
  }

  test("the order is the URL's query, the call's pairs, the session's defaults", async () => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      searchParams: [
        ['z', 'session'],
        ['b', 'session'],
      ],
    });
    const { search } = await session
      .get('echo?y=url', {
        searchParams: [
          ['x', 'call'],
          ['a', 'call'],
        ],
      })
      .json<JournalEntry>();
    expect(search.startsWith('?y=url&')).toBe(true);
    const names = [...new URLSearchParams(search).keys()];
    expect(names.filter((name) => 'yxa'.includes(name))).toEqual(['y', 'x', 'a']);
    expect(names.filter((name) => 'zb'.includes(name))).toEqual(['z', 'b']);
  });

  test('a default of the session yields to the same name in the URL or the call', async () => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      searchParams: { key: 'session', url: 'session', call: ['session', 'session'] },
    });
    const { search } = await session
      .get('echo?url=1', { searchParams: { call: 2 } })
      .json<JournalEntry>();
    expect([...new URLSearchParams(search)].sort()).toEqual([
      ['call', '2'],
      ['key', 'session'],
      ['url', '1'],
    ]);
  });

  test('null removes a default of the session for that call', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, searchParams: { key: 'session', Key: 'other' } });
    expect(
      (await session.get('echo', { searchParams: { key: null } }).json<JournalEntry>()).search,
    ).toBe('?Key=other');
    expect((await session.get('echo').json<JournalEntry>()).search).toBe('?key=session&Key=other');
  });

  test('session.searchParams is live URLSearchParams', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    expect(session.searchParams).toBeInstanceOf(URLSearchParams);
    session.searchParams.append('v', '1');
    session.searchParams.append('v', '2');
    expect((await session.get('echo').json<JournalEntry>()).search).toBe('?v=1&v=2');
    session.searchParams.delete('v');
    expect((await session.get('echo').json<JournalEntry>()).search).toBe('');
  });

  developmentTest('a session does not take searchParams as a string', () => {
    thrown(() => open({ searchParams: 'a=1' as never }), InvalidRequestError);
  });

  for (const { name, searchParams } of [
    { name: 'an object', searchParams: { a: {} } },
    { name: 'a nested array', searchParams: { a: [[1]] } },
    { name: 'a function', searchParams: { a: () => 1 } },
  ]) {
    developmentTest(`${name} is no value`, async () => {
      const { a } = sites();
      await rejection(
        open().get(a.url('echo'), { searchParams: searchParams as never }),
        InvalidRequestError,
      );
      expect(await a.requests()).toEqual([]);
    });
  }
});
