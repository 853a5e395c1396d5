import { InvalidRequestError, UnsupportedError } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  browserTest,
  inNode,
  nodeTest,
  open,
  rejection,
  sent,
  sites,
  thrown,
  wireTest,
} from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('headers', () => {
  test("the headers of a call go over the session's, whatever their letter case", async () => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      headers: { 'X-Shared': 'session', 'X-Kept': 'session' },
    });
    const echo = await session
      .get('echo', { headers: { 'x-SHARED': 'call', 'x-new': 'call' } })
      .json<JournalEntry>();
    expect([sent(echo, 'x-shared'), sent(echo, 'x-kept'), sent(echo, 'x-new')]).toEqual([
      'call',
      'session',
      'call',
    ]);
  });

  test('null removes a header of the session for that call, whatever its letter case', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, headers: { 'X-Secret': 'session' } });
    expect(
      sent(
        await session.get('echo', { headers: { 'x-seCret': null } }).json<JournalEntry>(),
        'x-secret',
      ),
    ).toBeUndefined();
    expect(sent(await session.get('echo').json<JournalEntry>(), 'x-secret')).toBe('session');
  });

  test('undefined leaves the header of the session', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, headers: { 'x-kept': 'session' } });
    expect(
      sent(
        await session.get('echo', { headers: { 'x-kept': undefined } }).json<JournalEntry>(),
        'x-kept',
      ),
    ).toBe('session');
  });

  test('a header of the session that is null is never sent', async () => {
    const { a } = sites();
    const echo = await open({ baseUrl: a.base, headers: { 'x-never': null, 'x-one': '1' } })
      .get('echo')
      .json<JournalEntry>();
    expect([sent(echo, 'x-never'), sent(echo, 'x-one')]).toEqual([undefined, '1']);
  });

  test('session.headers is live, and ignores letter case', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, headers: { 'x-live': 'first' } });
    expect(session.headers).toBeInstanceOf(Headers);
    session.headers.set('X-LIVE', 'second');
    expect(sent(await session.get('echo').json<JournalEntry>(), 'x-live')).toBe('second');
    session.headers.delete('x-live');
    expect(sent(await session.get('echo').json<JournalEntry>(), 'x-live')).toBeUndefined();
  });

  test('headers come as Headers, pairs or a record, and numbers are written', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    for (const headers of [
      new Headers({ 'x-a': '1' }),
      [['x-a', '1']] as [string, string][],
      { 'x-a': 1 },
    ]) {
      expect(sent(await session.get('echo', { headers }).json<JournalEntry>(), 'x-a')).toBe('1');
    }
  });

  test('a header that is appended is one list', async () => {
    const { a } = sites();
    const headers = new Headers([
      ['x-list', 'a'],
      ['x-list', 'b'],
    ]);
    expect(sent(await open().get(a.url('echo'), { headers }).json<JournalEntry>(), 'x-list')).toBe(
      'a, b',
    );
  });

  for (const { name, headers } of [
    { name: 'a line break', headers: { 'x-bad': 'a\r\nx-evil: 1' } },
    { name: 'a bare line feed', headers: { 'x-bad': 'a\nb' } },
    { name: 'a bare carriage return', headers: { 'x-bad': 'a\rb' } },
    { name: 'NUL', headers: { 'x-bad': 'a\0b' } },
    { name: 'text beyond latin1', headers: { 'x-bad': '€' } },
  ]) {
    test(`a value with ${name} is refused by an error that names the header`, async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base });
      const error = await rejection(session.get('echo', { headers }), InvalidRequestError);
      expect(error.message).toContain('x-bad');
      expect(await a.requests()).toEqual([]);
      expect((await session.get('echo')).ok).toBe(true);
    });
  }

  test.each(['', 'x bad', 'x:bad', 'x\r\nbad', 'xü'])(
    'the name %j is refused before anything is sent',
    async (name) => {
      const { a } = sites();
      await rejection(open().get(a.url('echo'), { headers: { [name]: '1' } }), InvalidRequestError);
      expect(await a.requests()).toEqual([]);
    },
  );

  test('white space around a value is not part of it', async () => {
    const { a } = sites();
    expect(
      sent(
        await open()
          .get(a.url('echo'), { headers: { 'x-space': ' \tin  side\t ' } })
          .json<JournalEntry>(),
        'x-space',
      ),
    ).toBe('in  side');
  });

  test('a bad header of a session throws at once', () => {
    thrown(() => open({ headers: { 'x-bad': 'a\nb' } }), InvalidRequestError);
    thrown(() => open({ headers: { 'bad name': '1' } }), InvalidRequestError);
  });

  nodeTest(
    'a Range asks for no compression, as in Fetch: a part of what is compressed cannot be decoded',
    async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base });
      const range = { Range: 'bytes=0-0' };
      await session.get('echo', { headers: range });
      await session.get('echo', { headers: { ...range, 'accept-encoding': 'br' } });
      await session.extend({ headers: range }).get('redirect?to=echo');
      await session.get('echo');
      expect((await a.requests()).map((entry) => sent(entry, 'accept-encoding'))).toEqual([
        'identity',
        'br',
        'identity',
        'identity',
        session.headers.get('accept-encoding'),
      ]);
    },
  );

  wireTest('Node and the edge add user-agent, accept and accept-encoding', async () => {
    const { a } = sites();
    const echo = await open().get(a.url('echo')).json<JournalEntry>();
    expect(sent(echo, 'user-agent')).toMatch(/^isosession\/\d+\.\d+\.\d+/);
    // At the edge the runtime's fetch has the last word on codings, for it decodes them.
    for (const coding of inNode ? ['gzip', 'deflate', 'br'] : ['gzip'])
      expect(sent(echo, 'accept-encoding')).toContain(coding);
    expect(
      sent(
        (await open()
          .get(a.url('echo'))
          .then((response) => response.json())) as JournalEntry,
        'accept',
      ),
    ).toBe('*/*');
  });

  wireTest(
    'a default header that is set is replaced and one that is null is left out',
    async () => {
      const { a } = sites();
      const session = open({
        baseUrl: a.base,
        headers: { 'user-agent': 'mine/1', accept: 'text/html', 'accept-encoding': null },
      });
      await session.get('echo');
      const [entry] = await a.requests();
      expect(['user-agent', 'accept'].map((name) => sent(entry as JournalEntry, name))).toEqual([
        'mine/1',
        'text/html',
      ]);
      if (inNode) expect(sent(entry as JournalEntry, 'accept-encoding')).toBeUndefined();
      await session.get('echo', { headers: { 'user-agent': null } });
      // At the edge the runtime's fetch may put its own name there.
      const name = sent((await a.requests())[1] as JournalEntry, 'user-agent');
      if (inNode) expect(name).toBeUndefined();
      else expect(name ?? '').not.toContain('isosession');
    },
  );

  browserTest('a browser adds its own headers and the library none', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, headers: { 'user-agent': 'mine/1' } });
    await session.get('echo');
    await fetch(a.url('echo'), { credentials: 'include' });
    const [ours, plain] = (await a.requests()) as [JournalEntry, JournalEntry];
    const names = (entry: JournalEntry) => entry.headers.map(([name]) => name.toLowerCase()).sort();
    expect(names(ours)).toEqual(names(plain));
    expect(sent(ours, 'user-agent')).toBe(navigator.userAgent);
    const response = await session.get('echo');
    expect([...response.request.headers]).toEqual([]);
  });

  browserTest.each([
    'Cookie',
    'host',
    'content-length',
    'Origin',
    'Sec-Fetch-Mode',
    'proxy-authorization',
    'transfer-encoding',
    'date',
  ])('a browser refuses the header %s, which Fetch forbids', async (name) => {
    const { a } = sites();
    const error = await rejection(
      open().get(a.url('echo'), { headers: { [name]: '1' } }),
      UnsupportedError,
    );
    expect(error.message.toLowerCase()).toContain(name.toLowerCase());
    expect(await a.requests()).toEqual([]);
  });

  test('response.request tells what was asked', async () => {
    const { a } = sites();
    const response = await open({ headers: { 'x-session': '1' } }).post(a.url('echo'), {
      searchParams: { q: 1 },
      headers: { 'x-call': '2' },
    });
    expect(response.request).toMatchObject({ method: 'POST', url: a.url('echo', { q: 1 }) });
    expect([
      response.request.headers.get('x-session'),
      response.request.headers.get('x-call'),
    ]).toEqual(['1', '2']);
  });
});
