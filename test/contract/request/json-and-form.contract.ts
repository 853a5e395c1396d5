import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection, sent, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('json', () => {
  test.each([[{ a: [1, 'two', null] }], [[]], ['text'], [0], [false], [null]])(
    '%j is serialised and declared as JSON',
    async (json) => {
      const { a } = sites();
      const echo = await open().post(a.url('echo'), { json }).json<JournalEntry>();
      expect(echo.body).toBe(JSON.stringify(json));
      expect(sent(echo, 'content-type')).toMatch(/^application\/json(;|$)/);
    },
  );

  test('undefined sends no body', async () => {
    const { a } = sites();
    const echo = await open().post(a.url('echo'), { json: undefined }).json<JournalEntry>();
    expect(echo.bytes).toBe(0);
    expect(sent(echo, 'content-type')).toBeUndefined();
  });

  test('a content-type that is set stays', async () => {
    const { a } = sites();
    const echo = await open()
      .post(a.url('echo'), { json: {}, headers: { 'Content-Type': 'application/vnd.api+json' } })
      .json<JournalEntry>();
    expect(sent(echo, 'content-type')).toBe('application/vnd.api+json');
  });

  test('stringifyJson writes it, for a call and for a session', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, stringifyJson: () => '"session"' });
    expect((await session.post('echo', { json: 1 }).json<JournalEntry>()).body).toBe('"session"');
    expect(
      (await session.post('echo', { json: 1, stringifyJson: () => '"call"' }).json<JournalEntry>())
        .body,
    ).toBe('"call"');
  });

  test('text beyond ASCII is UTF-8', async () => {
    const { a } = sites();
    const echo = await open().post(a.url('echo'), { json: '€𝄞' }).json<JournalEntry>();
    expect(echo.body).toBe('"€𝄞"');
    expect(echo.bytes).toBe(9);
  });

  test('what cannot be serialised is refused before anything is sent', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const loop: unknown[] = [];
    loop.push(loop);
    const error = await rejection(session.post('echo', { json: loop }), InvalidRequestError);
    expect(error.cause).toBeInstanceOf(TypeError);
    await rejection(session.post('echo', { json: 1n }), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
    expect((await session.post('echo', { json: 1 })).status).toBe(200);
  });
});

describe('form', () => {
  const forms: {
    name: string;
    form: NonNullable<Parameters<ReturnType<typeof open>['post']>[1]>['form'];
    body: string;
  }[] = [
    {
      name: 'a record',
      form: { user: 'ann', age: 7, admin: false, big: 10n },
      body: 'user=ann&age=7&admin=false&big=10',
    },
    {
      name: 'a record whose array repeats the name',
      form: { tag: ['a', 'b'], one: 1 },
      body: 'tag=a&tag=b&one=1',
    },
    {
      name: 'a record without its null and undefined members',
      form: { a: null, b: undefined, c: '' },
      body: 'c=',
    },
    {
      name: 'pairs in their order',
      form: [
        ['b', 2],
        ['a', 1],
        ['b', 3],
      ],
      body: 'b=2&a=1&b=3',
    },
    { name: 'URLSearchParams', form: new URLSearchParams('x=1&x=2'), body: 'x=1&x=2' },
    {
      name: 'what needs escaping',
      form: { 'a&b': 'c=d e+ü\n' },
      body: 'a%26b=c%3Dd+e%2B%C3%BC%0A',
    },
    { name: 'nothing', form: {}, body: '' },
  ];
  for (const { name, form, body } of forms) {
    test(name, async () => {
      const { a } = sites();
      const echo = await open().post(a.url('echo'), { form }).json<JournalEntry>();
      expect(echo.body).toBe(body);
      expect(sent(echo, 'content-type')).toMatch(
        /^application\/x-www-form-urlencoded(;\s*charset=utf-8)?$/i,
      );
      expect(sent(echo, 'content-length')).toBe(String(body.length));
    });
  }
});
