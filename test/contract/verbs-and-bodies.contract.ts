import { InvalidRequestError, SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  browserTest,
  inProcess,
  nodeTest,
  open,
  rejection,
  sent,
  sites,
  wireTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

describe('verbs', () => {
  test.each(['get', 'post', 'put', 'patch', 'delete', 'options'] as const)(
    'session.%s sends its own method',
    async (verb) => {
      const { a } = sites();
      const echo = await open({ baseUrl: a.base })[verb]('echo').json<JournalEntry>();
      expect(echo.method).toBe(verb.toUpperCase());
      expect(echo.body).toBe('');
    },
  );

  test('session.head sends HEAD and its response has no body', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).head('bytes?n=10');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('10');
    expect(await response.text()).toBe('');
    expect((await a.request()).method).toBe('HEAD');
  });

  test.each(['get', 'post', 'patch', 'query', 'Delete'])(
    'session.request writes the method %s in capitals',
    async (method) => {
      const { a } = sites();
      const echo = await open({ baseUrl: a.base }).request('echo', { method }).json<JournalEntry>();
      expect(echo.method).toBe(method.toUpperCase());
    },
  );

  test('session.request without a method is a GET', async () => {
    const { a } = sites();
    expect((await open().request(a.url('echo')).json<JournalEntry>()).method).toBe('GET');
  });

  test('session.request sends a method of other standards as it is', async () => {
    const { a } = sites();
    expect(
      (await open().request(a.url('echo'), { method: 'PROPFIND' }).json<JournalEntry>()).method,
    ).toBe('PROPFIND');
  });

  test.each(['', 'GE T', 'GET\r\nx: 1', 'G{T'])(
    'the method %j is refused before anything is sent',
    async (method) => {
      const { a } = sites();
      await rejection(open().request(a.url('echo'), { method }), InvalidRequestError);
      expect(await a.requests()).toEqual([]);
    },
  );

  test('an empty POST says that its body has no bytes', async () => {
    const { a } = sites();
    await open().post(a.url('echo'));
    expect(sent(await a.request(), 'content-length')).toBe('0');
  });

  test('a call starts one microtask later, never at once', async () => {
    const transport = inProcess(() => new Response('ok'));
    const call = open({ transport }).get('http://app.test/');
    expect(transport.seen).toHaveLength(0);
    await call;
    expect(transport.seen).toHaveLength(1);
  });

  test('a URL object and a Request are inputs like a string', async () => {
    const { a } = sites();
    const session = open();
    await session.get(new URL(a.url('echo', { n: 1 })));
    await session.request(
      new Request(a.url('echo', { n: 2 }), {
        method: 'POST',
        headers: { 'x-from': 'request' },
        body: 'posted',
      }),
    );
    const [first, second] = await a.requests();
    expect(first).toMatchObject({ method: 'GET', search: '?n=1' });
    expect(second).toMatchObject({ method: 'POST', search: '?n=2', body: 'posted' });
    expect(sent(second as JournalEntry, 'x-from')).toBe('request');
  });

  test('options override what a Request says', async () => {
    const { a } = sites();
    const request = new Request(a.url('echo'), {
      method: 'POST',
      headers: { 'x-one': 'request', 'x-two': 'request' },
      body: 'request',
    });
    const echo = await open()
      .request(request, { method: 'PUT', headers: { 'x-two': 'options' }, body: 'options' })
      .json<JournalEntry>();
    expect(echo).toMatchObject({ method: 'PUT', body: 'options' });
    expect([sent(echo, 'x-one'), sent(echo, 'x-two')]).toEqual(['request', 'options']);
  });

  test('a verb goes before the method of the Request it is given', async () => {
    const { a } = sites();
    const echo = await open()
      .put(new Request(a.url('echo'), { method: 'POST', body: 'x' }))
      .json<JournalEntry>();
    expect(echo).toMatchObject({ method: 'PUT', body: 'x' });
  });
});

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

  test('what cannot be serialised is refused before anything is sent, and the session still works', async () => {
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
  const forms: [
    string,
    NonNullable<Parameters<ReturnType<typeof open>['post']>[1]>['form'],
    string,
  ][] = [
    [
      'a record',
      { user: 'ann', age: 7, admin: false, big: 10n },
      'user=ann&age=7&admin=false&big=10',
    ],
    ['a record whose array repeats the name', { tag: ['a', 'b'], one: 1 }, 'tag=a&tag=b&one=1'],
    ['a record without its null and undefined members', { a: null, b: undefined, c: '' }, 'c='],
    [
      'pairs in their order',
      [
        ['b', 2],
        ['a', 1],
        ['b', 3],
      ],
      'b=2&a=1&b=3',
    ],
    ['URLSearchParams', new URLSearchParams('x=1&x=2'), 'x=1&x=2'],
    ['what needs escaping', { 'a&b': 'c=d e+ü\n' }, 'a%26b=c%3Dd+e%2B%C3%BC%0A'],
    ['nothing', {}, ''],
  ];
  test.each(forms)('FIELD 50: %s', async (_name, form, body) => {
    const { a } = sites();
    const echo = await open().post(a.url('echo'), { form }).json<JournalEntry>();
    expect(echo.body).toBe(body);
    expect(sent(echo, 'content-type')).toMatch(
      /^application\/x-www-form-urlencoded(;\s*charset=utf-8)?$/i,
    );
    expect(sent(echo, 'content-length')).toBe(String(body.length));
  });
});

describe('body', () => {
  test('a string is plain text in UTF-8', async () => {
    const { a } = sites();
    const echo = await open().post(a.url('echo'), { body: 'grüße' }).json<JournalEntry>();
    expect(echo).toMatchObject({ body: 'grüße', bytes: 7 });
    expect(sent(echo, 'content-type')?.toLowerCase()).toBe('text/plain;charset=utf-8');
  });

  const bytes = Uint8Array.of(104, 101, 108, 108, 111);
  test.each([
    ['a Uint8Array', bytes],
    ['the part of a buffer that a view shows', new Uint8Array([0, ...bytes, 0]).subarray(1, 6)],
    ['an ArrayBuffer', bytes.buffer.slice(0)],
    ['a DataView', new DataView(bytes.buffer.slice(0))],
    ['a Blob without a type', new Blob([bytes])],
  ])('%s goes out as its bytes, with its length and no content-type', async (_name, body) => {
    const { a } = sites();
    const echo = await open().put(a.url('echo'), { body }).json<JournalEntry>();
    expect(echo).toMatchObject({ body: 'hello', bytes: 5 });
    expect(sent(echo, 'content-type')).toBeUndefined();
    expect(sent(echo, 'content-length')).toBe('5');
  });

  test('FIELD 51: a Blob has its length and its type', async () => {
    const { a } = sites();
    const echo = await open()
      .put(a.url('echo'), { body: new Blob(['<p>'], { type: 'text/html' }) })
      .json<JournalEntry>();
    expect(echo.body).toBe('<p>');
    expect([
      sent(echo, 'content-type'),
      sent(echo, 'content-length'),
      sent(echo, 'transfer-encoding'),
    ]).toEqual(['text/html', '3', undefined]);
  });

  test('URLSearchParams are a form', async () => {
    const { a } = sites();
    const echo = await open()
      .post(a.url('echo'), { body: new URLSearchParams({ q: 'a b' }) })
      .json<JournalEntry>();
    expect(echo.body).toBe('q=a+b');
    expect(sent(echo, 'content-type')?.toLowerCase()).toBe(
      'application/x-www-form-urlencoded;charset=utf-8',
    );
  });

  test('FIELD 50: FormData goes out as multipart with texts, files, names and types', async () => {
    const { a } = sites();
    const form = new FormData();
    form.append('text', 'ü\r\nline');
    form.append('text', 'again');
    form.append('quo"ted\n', 'x');
    form.append('file', new File(['content'], 'näme.txt', { type: 'text/plain' }));
    form.append('file', new File([''], 'a"b\r\nc', { type: 'text/plain' }));
    form.append('blob', new Blob(['raw']));
    const response = await open().post(a.url('mirror'), { body: form });
    expect(response.headers.get('content-type')).toMatch(
      /^multipart\/form-data; ?boundary="?[-\w]{16,70}"?$/,
    );
    const text = await response.clone().text();
    // HTML, "multipart form data": line ends and quotes in names are escaped this way.
    expect(text).toContain('name="quo%22ted%0D%0A"\r\n');
    expect(text).toContain('; filename="a%22b%0D%0Ac"\r\n');
    const back = await response.formData();
    expect(back.getAll('text')).toEqual(['ü\r\nline', 'again']);
    const file = back.get('file') as File;
    expect([file.name, file.type, await file.text()]).toEqual([
      'näme.txt',
      'text/plain',
      'content',
    ]);
    const blob = back.get('blob') as File;
    expect([blob.name, await blob.text()]).toEqual(['blob', 'raw']);
    const entry = await a.request();
    expect(sent(entry, 'content-length')).toBe(String(entry.bytes));
  });

  test('null is no body', async () => {
    const { a } = sites();
    expect((await open().post(a.url('echo'), { body: null }).json<JournalEntry>()).bytes).toBe(0);
  });

  test('a function makes the body, also later', async () => {
    const { a } = sites();
    const echo = await open()
      .put(a.url('echo'), { body: () => Promise.resolve('made') })
      .json<JournalEntry>();
    expect(echo.body).toBe('made');
  });

  test('a function is called again for every attempt', async () => {
    const { a } = sites();
    let calls = 0;
    const response = await open({ retry: { delay: () => 0 } }).put(a.url('flaky', { fails: 2 }), {
      body: () => `body ${++calls}`,
    });
    expect(response.attempts).toBe(3);
    expect((await a.requests()).map((entry) => entry.body)).toEqual(['body 1', 'body 2', 'body 3']);
  });

  test('an abort ends a call whose function makes no body', async () => {
    const stop = new AbortController();
    const call = open().put(sites().a.url('echo'), {
      body: () => new Promise<string>(() => {}),
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(new Error('stopped')), 10);
    expect((await rejection(call, Error)).message).toBe('stopped');
  });

  test('a body that has its bytes is sent whole on every attempt', async () => {
    const { a } = sites();
    const form = new FormData();
    form.append('name', 'value');
    const session = open({ retry: { delay: () => 0 } });
    for (const [key, body] of Object.entries({
      text: 'same',
      blob: new Blob(['same']),
      form,
      bytes: new TextEncoder().encode('same'),
    })) {
      expect((await session.put(a.url('flaky', { key }), { body })).attempts).toBe(2);
    }
    const entries = await a.requests();
    for (let index = 0; index < entries.length; index += 2) {
      expect(entries[index]?.bytes).toBeGreaterThan(0);
      expect(entries[index + 1]?.bytes).toBe(entries[index]?.bytes);
    }
    expect(entries).toHaveLength(8);
  });

  wireTest(
    'FIELD 51: an iterable of unknown length is chunked and has no content-length',
    async () => {
      const { a } = sites();
      async function* pieces() {
        yield 'one ';
        yield new TextEncoder().encode('two');
        await Promise.resolve();
        yield 'ü';
      }
      const session = open();
      for (const body of [
        pieces(),
        ['one ', new TextEncoder().encode('two'), 'ü'],
        () => pieces(),
      ]) {
        const echo = await session.post(a.url('echo'), { body }).json<JournalEntry>();
        expect(echo.body).toBe('one twoü');
        expect(sent(echo, 'content-length')).toBeUndefined();
        expect(sent(echo, 'transfer-encoding')).toBe('chunked');
      }
    },
  );

  wireTest('FIELD 51: an iterable that was read in part sends the rest', async () => {
    const { a } = sites();
    async function* pieces() {
      yield* ['read ', 'and ', 'sent'];
      await Promise.resolve();
    }
    const body = pieces();
    await body.next();
    expect((await open().post(a.url('echo'), { body }).json<JournalEntry>()).body).toBe('and sent');
  });

  nodeTest(
    'FIELD 18: a content-length that is set for a stream is kept, and the body is not chunked',
    async () => {
      const { a } = sites();
      const echo = await open()
        .put(a.url('echo'), { body: ['he', 'llo'], headers: { 'content-length': '5' } })
        .json<JournalEntry>();
      expect(echo.body).toBe('hello');
      expect([sent(echo, 'content-length'), sent(echo, 'transfer-encoding')]).toEqual([
        '5',
        undefined,
      ]);
    },
  );

  test('a stream that is locked is refused before anything is sent', async () => {
    const { a } = sites();
    const stream = new ReadableStream();
    const reader = stream.getReader();
    await rejection(open().put(a.url('echo'), { body: stream }), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
    // Nothing is lost: its owner can still use it.
    expect(stream.locked).toBe(true);
    reader.releaseLock();
  });

  test('a stream that was read in part is refused before anything is sent, as fetch refuses it', async () => {
    const { a } = sites();
    const stream = new Blob(['used']).stream();
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();
    await rejection(open().put(a.url('echo'), { body: stream }), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
  });

  // Chromium sends one over HTTP/2 only; the others send none.
  browserTest.each([
    ['a stream', () => new Blob(['x']).stream()],
    ['an iterable', () => ['x']],
  ])(
    '%s that the browser cannot send is an error, and nothing goes in its place',
    async (_name, make) => {
      const { a } = sites();
      await rejection(open().put(a.url('echo'), { body: make() }), SessionError);
      expect(await a.requests()).toEqual([]);
    },
  );

  test('a Request whose body was used is refused before anything is sent', async () => {
    const { a } = sites();
    const request = new Request(a.url('echo'), { method: 'POST', body: 'once' });
    await request.text();
    await rejection(open().request(request), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
  });

  test.each([
    ['json and form', { json: {}, form: {} }],
    ['json and body', { json: null, body: 'x' }],
    ['form and body', { form: {}, body: 'x' }],
    ['all three', { json: 1, form: { a: 1 }, body: 'x' }],
  ])('FIELD 50: %s together are refused before anything is sent', async (_name, options) => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await rejection(session.post('echo', options), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
    expect((await session.get('echo')).status).toBe(200);
  });

  test.each([
    ['GET', { json: {} }],
    ['GET', { body: 'x' }],
    ['HEAD', { form: {} }],
    ['HEAD', { body: new Blob(['x']) }],
  ] as const)('a %s with %o is refused before anything is sent', async (method, options) => {
    const { a } = sites();
    await rejection(open().request(a.url('echo'), { method, ...options }), InvalidRequestError);
    expect(await a.requests()).toEqual([]);
  });

  test('a body of another type is refused', async () => {
    const { a } = sites();
    await rejection(open().post(a.url('echo'), { body: 5 as never }), InvalidRequestError);
    await rejection(
      open().post(a.url('echo'), { body: { plain: 'object' } as never }),
      InvalidRequestError,
    );
    expect(await a.requests()).toEqual([]);
  });

  test('a large body arrives whole', async () => {
    const { a } = sites();
    const data = new Uint8Array(3_000_000).map((_, index) => index * 7);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
    const echo = await open().put(a.url('echo'), { body: data }).json<JournalEntry>();
    expect(echo.bytes).toBe(3_000_000);
    expect(echo.sha256).toBe(
      Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    );
  });
});

describe('what belongs to the caller', () => {
  test('options are not changed, however deeply frozen', async () => {
    const { a } = sites();
    const headers = new Headers({ 'x-mine': '1' });
    const searchParams = new URLSearchParams('q=1');
    const url = new URL(a.url('echo', { own: 1 }));
    const options = Object.freeze({
      headers,
      searchParams,
      json: Object.freeze({ a: 1 }),
      retry: Object.freeze({ limit: 1 }),
      timeout: Object.freeze({ total: 60_000 }),
      context: Object.freeze({ id: 1 }),
    });
    await open({ headers: { 'x-theirs': '2' } }).post(url, options);
    expect([...headers]).toEqual([['x-mine', '1']]);
    expect(searchParams.toString()).toBe('q=1');
    expect(url.href).toBe(a.url('echo', { own: 1 }));
  });

  test('a Headers object used for many calls stays what it was', async () => {
    const { a } = sites();
    const headers = new Headers({ 'x-mine': '1' });
    const session = open({ baseUrl: a.base });
    for (let call = 0; call < 3; call++) await session.post('echo', { headers, json: call });
    expect([...headers]).toEqual([['x-mine', '1']]);
  });

  test('the options of a call do not reach the next one', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.post('echo', { headers: { 'x-once': '1' }, searchParams: { once: 1 }, json: {} });
    const echo = await session.post('echo').json<JournalEntry>();
    expect(echo).toMatchObject({ search: '', bytes: 0 });
    expect([sent(echo, 'x-once'), sent(echo, 'content-type')]).toEqual([undefined, undefined]);
  });
});
