import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection, sites, thrown } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('searchParams', () => {
  const rows: [string, string, Parameters<ReturnType<typeof open>['get']>[1], string][] = [
    [
      'a record is appended',
      'echo',
      { searchParams: { a: 1, b: 'two', c: true, d: 4n } },
      '?a=1&b=two&c=true&d=4',
    ],
    ['an array repeats its name', 'echo', { searchParams: { a: [1, 2], b: 3 } }, '?a=1&a=2&b=3'],
    [
      'null and undefined are omitted',
      'echo',
      { searchParams: { a: null, b: undefined, c: '' } },
      '?c=',
    ],
    [
      'pairs keep their order',
      'echo',
      {
        searchParams: [
          ['z', 1],
          ['a', 2],
          ['z', 3],
        ],
      },
      '?z=1&a=2&z=3',
    ],
    ['a string is taken', 'echo', { searchParams: 'a=1&b=2' }, '?a=1&b=2'],
    ['a string may begin with its question mark', 'echo', { searchParams: '?a=1' }, '?a=1'],
    [
      'URLSearchParams are taken',
      'echo',
      { searchParams: new URLSearchParams('a=1&a=2') },
      '?a=1&a=2',
    ],
    ['they join an existing query', 'echo?x=1', { searchParams: { a: 2 } }, '?x=1&a=2'],
    [
      'the query of the URL is kept byte for byte',
      'echo?b=%7e~+%20*&a&=&x=%zz&a=1',
      { searchParams: { a: 2 } },
      '?b=%7e~+%20*&a&=&x=%zz&a=1&a=2',
    ],
    ['an empty query stays clean', 'echo?', { searchParams: { a: 1 } }, '?a=1'],
    ['names are case-sensitive', 'echo?A=1', { searchParams: { a: 2 } }, '?A=1&a=2'],
    ['they stand before the fragment', 'echo#part', { searchParams: { a: 1 } }, '?a=1'],
    ['they are escaped', 'echo', { searchParams: { 'a&b': 'c d=ü#' } }, '?a%26b=c+d%3D%C3%BC%23'],
    ['an empty record adds nothing', 'echo', { searchParams: {} }, ''],
  ];
  test.each(rows)('%s', async (_name, input, options, search) => {
    const { a } = sites();
    expect((await open({ baseUrl: a.base }).get(input, options).json<JournalEntry>()).search).toBe(
      search,
    );
  });

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

  test('a session does not take searchParams as a string', () => {
    thrown(() => open({ searchParams: 'a=1' as never }), InvalidRequestError);
  });

  test.each([
    ['an object', { a: {} }],
    ['a nested array', { a: [[1]] }],
    ['a function', { a: () => 1 }],
  ])('%s is no value', async (_name, searchParams) => {
    const { a } = sites();
    await rejection(
      open().get(a.url('echo'), { searchParams: searchParams as never }),
      InvalidRequestError,
    );
    expect(await a.requests()).toEqual([]);
  });
});
