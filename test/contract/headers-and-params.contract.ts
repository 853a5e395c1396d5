import { InvalidRequestError, UnsupportedError } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  browserTest,
  inBrowser,
  inNode,
  inProcess,
  nodeTest,
  open,
  rejection,
  sent,
  sites,
  thrown,
  wireTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

describe('headers', () => {
  test("FIELD 14: the headers of a call go over the session's, whatever their letter case", async () => {
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

  test('FIELD 14: null removes a header of the session for that call, whatever its letter case', async () => {
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

  test('FIELD 14: undefined leaves the header of the session', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, headers: { 'x-kept': 'session' } });
    expect(
      sent(
        await session.get('echo', { headers: { 'x-kept': undefined } }).json<JournalEntry>(),
        'x-kept',
      ),
    ).toBe('session');
  });

  test('FIELD 14: a header of the session that is null is never sent', async () => {
    const { a } = sites();
    const echo = await open({ baseUrl: a.base, headers: { 'x-never': null, 'x-one': '1' } })
      .get('echo')
      .json<JournalEntry>();
    expect([sent(echo, 'x-never'), sent(echo, 'x-one')]).toEqual([undefined, '1']);
  });

  test('FIELD 14: session.headers is live Headers: a later set with another letter case replaces', async () => {
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

  test.each([
    ['a line break', { 'x-bad': 'a\r\nx-evil: 1' }],
    ['a bare line feed', { 'x-bad': 'a\nb' }],
    ['a bare carriage return', { 'x-bad': 'a\rb' }],
    ['NUL', { 'x-bad': 'a\0b' }],
    ['text beyond latin1', { 'x-bad': '€' }],
  ])(
    'FIELD 17: a value with %s is refused, the error names the header, and nothing is sent',
    async (_name, headers) => {
      const { a } = sites();
      const session = open({ baseUrl: a.base });
      const error = await rejection(session.get('echo', { headers }), InvalidRequestError);
      expect(error.message).toContain('x-bad');
      expect(await a.requests()).toEqual([]);
      expect((await session.get('echo')).ok).toBe(true);
    },
  );

  test.each(['', 'x bad', 'x:bad', 'x\r\nbad', 'xü'])(
    'FIELD 17: the name %j is refused before anything is sent',
    async (name) => {
      const { a } = sites();
      await rejection(open().get(a.url('echo'), { headers: { [name]: '1' } }), InvalidRequestError);
      expect(await a.requests()).toEqual([]);
    },
  );

  test('FIELD 17: white space around a value is not part of it', async () => {
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

  test('FIELD 17: a bad header of a session throws at once', () => {
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

  wireTest('FIELD 19: Node and the edge add user-agent, accept and accept-encoding', async () => {
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
    'FIELD 19: a default header that is set is replaced and one that is null is left out',
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

  browserTest('FIELD 19: a browser adds its own headers and the library none', async () => {
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
  test.each(rows)('FIELD 16: %s', async (_name, input, options, search) => {
    const { a } = sites();
    expect((await open({ baseUrl: a.base }).get(input, options).json<JournalEntry>()).search).toBe(
      search,
    );
  });

  test("FIELD 15: defaults of the session come after the URL's query and the call's pairs, each in its order", async () => {
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

  test('FIELD 16: a default of the session is added only for a name that neither the URL nor the call has', async () => {
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

  test('FIELD 16: null removes a default of the session for that call', async () => {
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

describe('URLs', () => {
  test('a missing slash at the end of baseUrl is added', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base.slice(0, -1) });
    expect(session.baseUrl?.href).toBe(a.base);
    expect((await session.get('echo').json<JournalEntry>()).route).toBe('echo');
  });

  test.each([
    ['sub/x', '/v1/sub/x'],
    ['./x', '/v1/x'],
    ['../x', '/x'],
    ['/x', '/x'],
    ['?q=1', '/v1/?q=1'],
    ['', '/v1/'],
    ['x/../y', '/v1/y'],
  ])('%j resolves against the base as URLs do', async (input, wanted) => {
    const transport = inProcess(() => new Response());
    await open({ baseUrl: 'http://app.test/v1', transport }).get(input);
    expect(transport.seen[0]?.url.href).toBe(`http://app.test${wanted}`);
  });

  test('session.baseUrl is live and validated', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    session.baseUrl = new URL('http://one.test/a');
    await session.get('x');
    session.baseUrl = 'http://two.test';
    await session.get('x');
    expect(transport.seen.map((request) => request.url.href)).toEqual([
      'http://one.test/a/x',
      'http://two.test/x',
    ]);
    for (const bad of ['ftp://host/', 'http://', ...(inBrowser ? [] : ['nowhere'])])
      thrown(() => (session.baseUrl = bad), InvalidRequestError);
    expect(session.baseUrl?.href).toBe('http://two.test/');
    session.baseUrl = undefined;
    expect(session.baseUrl).toBeUndefined();
  });

  test.each([
    'ftp://host.test/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:1',
    'unix:/run/x.sock',
    'ws://host.test/',
    'http://',
    'http://[::1',
    'http://host.test:99999/',
    '//',
  ])('FIELD 57: %s is refused before anything is sent', async (url) => {
    const transport = inProcess(() => new Response());
    await rejection(open({ transport }).get(url), InvalidRequestError);
    expect(transport.seen).toEqual([]);
  });

  test('FIELD 57: a URL without a scheme resolves against the page where there is one, else it is refused', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    if (inBrowser) {
      await session.get('some/path');
      expect(transport.seen[0]?.url.href).toBe(new URL('some/path', location.href).href);
    } else {
      await rejection(session.get('host.test/path'), InvalidRequestError);
      expect(transport.seen).toEqual([]);
    }
  });

  test('FIELD 57: names, paths and ports are written as the URL standard says', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    await session.get('HTTP://Bücher.test:80/a b/%7e/ü?q=ü b');
    await session.get('http://0x7f.1/');
    expect(transport.seen.map((request) => request.url.href)).toEqual([
      'http://xn--bcher-kva.test/a%20b/%7e/%C3%BC?q=%C3%BC%20b',
      'http://127.0.0.1/',
    ]);
  });

  test('the fragment is never sent', async () => {
    const { a } = sites();
    await open().get(`${a.url('echo', { q: 1 })}#secret`);
    expect(await a.request()).toMatchObject({ route: 'echo', search: '?q=1' });
  });

  test.each([[undefined], [null], [5], [{}], [Symbol('x')]])(
    'the input %o is no URL: the call rejects and does not throw',
    async (input) => {
      const transport = inProcess(() => new Response());
      const call = open({ transport, baseUrl: 'http://app.test/' }).get(input as never);
      await rejection(call, InvalidRequestError);
      expect(transport.seen).toEqual([]);
    },
  );
});
