import {
  DecodeError,
  HTTPError,
  InvalidRequestError,
  ResponseTooLargeError,
  SchemaError,
  SessionError,
  type SessionResponse,
  type StandardSchemaV1,
} from 'isosession';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  browserTest,
  deferred,
  hex,
  inBrowser,
  inProcess,
  nodeTest,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  thrown,
  wireTest,
} from '../support/contract.ts';
import type { JournalEntry } from '../support/provided.ts';

describe('awaiting a call', () => {
  test.each([200, 201, 203, 299, 400, 401, 404, 418, 500, 503, 599])(
    'gives the response with status %i',
    async (status) => {
      const { a } = sites();
      const response = await open({ retry: 0 }).get(a.url(`status/${status}`));
      expect([response.status, response.ok]).toEqual([status, status < 300]);
      expect(await response.json()).toEqual({ status });
    },
  );

  test('gives a Response in every sense', async () => {
    const { a } = sites();
    const response = await open().get(
      a.url('reply', [
        ['text', 'hello'],
        ['type', 'text/plain'],
        ['h', 'x-a: 1'],
        ['h', 'x-a: 2'],
      ]),
    );
    expect(response).toBeInstanceOf(Response);
    expect(Object.prototype.toString.call(response)).toBe('[object Response]');
    expect(response).toMatchObject({
      ok: true,
      status: 200,
      statusText: 'OK',
      redirected: false,
      url: expect.stringContaining('/reply?text=hello') as string,
      bodyUsed: false,
    });
    expect(response.headers).toBeInstanceOf(Headers);
    expect(response.headers.get('x-a')).toBe('1, 2');
    expect(response.body).toBeInstanceOf(ReadableStream);
    expect(await response.text()).toBe('hello');
    expect(response.bodyUsed).toBe(true);
  });

  test('gives what a server handler can pass on', async () => {
    const { a } = sites();
    const response = await open().get(
      a.url('reply', [
        ['text', 'pass on'],
        ['status', '201'],
        ['h', 'x-kept: 1'],
      ]),
    );
    const copy = new Response(response.body, response);
    expect([copy.status, copy.headers.get('x-kept'), await copy.text()]).toEqual([
      201,
      '1',
      'pass on',
    ]);
  });

  test.each([204, 205, 304])('gives no body with status %i', async (status) => {
    const { a } = sites();
    const response = await open().get(a.url('reply', { status }));
    expect(response.status).toBe(status);
    expect(await response.text()).toBe('');
  });

  nodeTest.each([600, 700, 999])(
    'gives the status %i, which Fetch does not construct',
    async (status) => {
      const { a } = sites();
      const response = await open().get(a.url('reply', { status, text: 'strange' }));
      expect([response.status, response.ok]).toEqual([status, false]);
      expect(await response.text()).toBe('strange');
    },
  );
});

describe('reading a body', () => {
  test('text, json, bytes, arrayBuffer and blob read it', async () => {
    const { a } = sites();
    const session = open();
    const get = () => session.get(a.url('reply', { text: '{"ü":1}', type: 'application/json' }));
    expect(await (await get()).text()).toBe('{"ü":1}');
    expect(await (await get()).json()).toEqual({ ü: 1 });
    const bytes = await (await get()).bytes();
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect(new TextDecoder().decode(bytes)).toBe('{"ü":1}');
    expect((await (await get()).arrayBuffer()).byteLength).toBe(8);
    const blob = await (await get()).blob();
    expect([blob.size, blob.type]).toEqual([8, 'application/json']);
  });

  test('the same methods stand on the promise', async () => {
    const { a } = sites();
    const session = open();
    const get = () => session.get(a.url('reply', { text: '{"a":1}', type: 'application/json' }));
    expect(await get().text()).toBe('{"a":1}');
    expect(await get().json()).toEqual({ a: 1 });
    expect((await get().bytes()).length).toBe(7);
    expect((await get().arrayBuffer()).byteLength).toBe(7);
    expect(await (await get().blob()).text()).toBe('{"a":1}');
  });

  test('formData reads a form of either kind', async () => {
    const { a } = sites();
    const form = await open()
      .post(a.url('mirror'), { form: { a: [1, 2], b: 'ü' } })
      .formData();
    expect([form.getAll('a'), form.get('b')]).toEqual([['1', '2'], 'ü']);
    const parts = new FormData();
    parts.append('file', new File(['x'], 'x.bin'));
    const back = await open().post(a.url('mirror'), { body: parts }).formData();
    expect((back.get('file') as File).name).toBe('x.bin');
  });

  test("a body is read once: a second reading rejects with TypeError, as a Response's does", async () => {
    const { a } = sites();
    const response = await open().get(a.url('reply', { text: 'once' }));
    await response.text();
    expect(await reasonOf(response.text())).toBeInstanceOf(TypeError);
    expect(await reasonOf(response.json())).toBeInstanceOf(TypeError);
    expect(() => response.clone()).toThrow(TypeError);
  });

  browserTest('an opaque response can be cloned, and its clone is opaque', async () => {
    const { b } = sites();
    const response = await open().get(b.url('reply', { text: 'x' }), { mode: 'no-cors' });
    const clone = response.clone();
    expect([clone.status, clone.type, await clone.text(), await response.text()]).toEqual([
      0,
      'opaque',
      '',
      '',
    ]);
  });

  test('clone is a response of ours and both bodies can be read', async () => {
    const { a } = sites();
    const response = await open({ retry: { delay: () => 0 } }).get(a.url('flaky', { fails: 1 }));
    const clone = response.clone();
    expect(clone).toBeInstanceOf(Response);
    expect([clone.status, clone.url, clone.attempts, clone.headers.get('content-type')]).toEqual([
      200,
      response.url,
      2,
      'application/json',
    ]);
    expect(await clone.json()).toEqual({ request: 2 });
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toEqual({ request: 2 });
  });

  test('body is a stream of the bytes', async () => {
    const { a } = sites();
    const response = await open().get(a.url('bytes', { n: 300_000 }));
    let bytes = 0;
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      expect(value).toBeInstanceOf(Uint8Array);
      bytes += value.length;
    }
    expect(bytes).toBe(300_000);
    expect(response.bodyUsed).toBe(true);
  });

  test('bytes come as they arrive, not at the end', async () => {
    const { a } = sites();
    const response = await open().get(a.url('gated', { first: 'early', rest: ' late', key: 'k' }));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('early');
    await a.release('k');
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(' late');
    expect((await reader.read()).done).toBe(true);
  });

  browserTest('what is read only through its reader is not taken for collected', async () => {
    const { a } = sites();
    const session = open();
    const readers = await Promise.all(
      Array.from({ length: 5 }, async () =>
        (
          (await session.get(a.url('bytes', { n: 1_000_000 }))).body as ReadableStream<Uint8Array>
        ).getReader(),
      ),
    );
    const read = () =>
      Promise.all(readers.map(async (reader) => (await reader.read()).value?.length ?? 0));
    let bytes = await read();
    // A page has no other way to ask for a collection.
    for (let turn = 0; turn < 50; turn++) {
      Array.from({ length: 200 }, () => new Array<unknown>(10_000).fill({}));
      await new Promise((resolve) => setTimeout(resolve));
    }
    for (let more; (more = await read()).some(Boolean);)
      bytes = bytes.map((size, index) => size + (more[index] as number));
    expect(bytes).toEqual(readers.map(() => 1_000_000));
  });

  test('cancelling the stream ends the exchange', async () => {
    const { a } = sites();
    const response = await open().get(a.url('drip'));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    expect((await a.requests({ aborted: 1 }))[0]?.end).toBe('aborted');
  });

  test.each(
    inBrowser ? ['gzip', 'br', 'deflate'] : ['gzip', 'x-gzip', 'br', 'deflate', 'deflate-raw'],
  )('%s is decoded however the body is read', async (coding) => {
    const { a } = sites();
    const session = open();
    const url = a.url('encoded', { coding, text: 'grüße '.repeat(200) });
    expect(await session.get(url).text()).toBe('grüße '.repeat(200));
    const response = await session.get(url);
    expect((await new Response(response.body).arrayBuffer()).byteLength).toBe(1600);
  });

  wireTest('codings in a row are undone in reverse', async () => {
    const { a } = sites();
    expect(
      await open()
        .get(a.url('encoded', { coding: 'gzip,br,deflate', text: 'deep' }))
        .text(),
    ).toBe('deep');
  });

  test('an empty body with a content-encoding is empty', async () => {
    const { a } = sites();
    const session = open();
    expect(
      await session
        .get(
          a.url('reply', [
            ['h', 'content-encoding: gzip'],
            ['status', '204'],
          ]),
        )
        .text(),
    ).toBe('');
    expect((await session.head(a.url('encoded', { coding: 'gzip' }))).status).toBe(200);
  });
});

describe('text and its encoding', () => {
  const umlaut = hex([0xfc]);
  test.each([
    [
      'UTF-8 is the default, whatever the charset says',
      { hex: hex('ü'), type: 'text/plain; charset=iso-8859-1' },
      undefined,
      'ü',
    ],
    ['a label decides', { hex: umlaut, type: 'text/plain' }, 'windows-1252', 'ü'],
    [
      'a label of another script',
      { hex: hex([0x93, 0xfa]), type: 'text/plain' },
      'shift_jis',
      '日',
    ],
    [
      'auto takes the charset',
      { hex: umlaut, type: 'text/plain; charset="ISO-8859-1"' },
      'auto',
      'ü',
    ],
    [
      'auto goes by a byte order mark first',
      { hex: hex([0xff, 0xfe, 0xfc, 0]), type: 'text/plain; charset=utf-8' },
      'auto',
      'ü',
    ],
    ['auto falls back to UTF-8', { hex: hex('ü'), type: 'text/plain' }, 'auto', 'ü'],
    [
      'auto falls back to UTF-8 from a charset nobody knows',
      { hex: hex('ü'), type: 'text/plain; charset=klingon' },
      'auto',
      'ü',
    ],
    [
      'a byte order mark is no text',
      { hex: hex([0xef, 0xbb, 0xbf, 0x61]), type: 'text/plain' },
      undefined,
      'a',
    ],
    [
      'bad bytes become the replacement character',
      { hex: hex([0x61, 0xff]), type: 'text/plain' },
      undefined,
      'a\ufffd',
    ],
  ])('%s', async (_name, query, encoding, wanted) => {
    const { a } = sites();
    const session = open();
    expect(await session.get(a.url('reply', query)).text(encoding)).toBe(wanted);
    expect(await (await session.get(a.url('reply', query))).text(encoding)).toBe(wanted);
  });

  test('a label that does not exist is a typed error', async () => {
    const { a } = sites();
    expect(
      SessionError.is(
        await reasonOf(
          open()
            .get(a.url('reply', { text: 'x' }))
            .text('klingon'),
        ),
      ),
    ).toBe(true);
  });
});

describe('asking for the data', () => {
  test.each(['json', 'text', 'bytes', 'arrayBuffer', 'blob', 'formData'] as const)(
    '.%s() rejects with HTTPError for a status of 400 or more',
    async (method) => {
      const { a } = sites();
      const session = open();
      for (const status of [400, 404, 422]) {
        const error = await rejection(session.get(a.url(`status/${status}`))[method](), HTTPError);
        expect([error.status, error.code, error.name]).toEqual([
          status,
          'ERR_HTTP_STATUS',
          'HTTPError',
        ]);
      }
    },
  );

  test('an HTTPError carries the parsed body, and its response can still be read', async () => {
    const { a } = sites();
    const error = await rejection(open().get(a.url('status/404')).json(), HTTPError);
    expect(error.data).toEqual({ status: 404 });
    expect(error.response.status).toBe(404);
    expect(await error.response.json()).toEqual({ status: 404 });
    expect(error.request).toMatchObject({ method: 'GET', url: a.url('status/404') });
  });

  test('the data of an HTTPError is text where the body is not JSON', async () => {
    const { a } = sites();
    const error = await rejection(
      open()
        .get(a.url('reply', { status: 400, type: 'text/html', text: '<h1>no' }))
        .json(),
      HTTPError,
    );
    expect(error.data).toBe('<h1>no');
    expect(await error.response.text()).toBe('<h1>no');
    const broken = await rejection(
      open()
        .get(a.url('reply', { status: 400, type: 'application/json', text: '{' }))
        .json(),
      HTTPError,
    );
    expect(broken.data === '{' || broken.data === undefined).toBe(true);
  });

  test('the body of an error above 1 MiB is not parsed but can be read', async () => {
    const { a } = sites();
    const transport = inProcess(
      () =>
        new Response(JSON.stringify('x'.repeat(1_100_000)), {
          status: 400,
          headers: { 'content-type': 'application/json' },
        }),
    );
    const error = await rejection(open({ transport }).get(a.url('large')).json(), HTTPError);
    expect(error.data).toBeUndefined();
    expect((await error.response.text()).length).toBe(1_100_002);
  });

  test('throwHttpErrors: true rejects already when the response is awaited', async () => {
    const { a } = sites();
    const session = open({ throwHttpErrors: true, retry: 0 });
    expect((await rejection(session.get(a.url('status/500')), HTTPError)).data).toEqual({
      status: 500,
    });
    expect((await session.get(a.url('status/500'), { throwHttpErrors: false })).status).toBe(500);
    expect((await session.get(a.url('status/201'))).status).toBe(201);
  });

  test('throwHttpErrors: false never rejects', async () => {
    const { a } = sites();
    const session = open({ throwHttpErrors: false });
    expect(await session.get(a.url('status/404')).json()).toEqual({ status: 404 });
    expect((await session.get(a.url('status/404'))).status).toBe(404);
  });

  test('a function of the status decides in both cases', async () => {
    const { a } = sites();
    const session = open({ throwHttpErrors: (status) => status !== 404 && status >= 400 });
    expect(await session.get(a.url('status/404')).json()).toEqual({ status: 404 });
    await rejection(session.get(a.url('status/410')), HTTPError);
    await rejection(session.get(a.url('status/410')).json(), HTTPError);
  });

  test('throwForStatus throws for an HTTP error and else returns its response', async () => {
    const { a } = sites();
    const fine = await open().get(a.url('status/200'));
    expect(fine.throwForStatus()).toBe(fine);
    const bad = await open().get(a.url('status/404'));
    let error: unknown;
    try {
      bad.throwForStatus();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(HTTPError);
    expect((error as HTTPError).data).toBeUndefined();
    expect((error as HTTPError).response).toBe(bad);
    expect(await bad.json()).toEqual({ status: 404 });
  });

  test.each<[string, (response: SessionResponse) => Promise<unknown>, string, unknown]>([
    ['json()', (response) => response.json(), '{"a":1}', { a: 1 }],
    ['text()', (response) => response.text(), '{"a":1}', { a: 1 }],
    ['text() of an encoding', (response) => response.text('auto'), '{"a":1}', { a: 1 }],
    ['text() where it is no JSON', (response) => response.text(), '<html>', '<html>'],
  ])(
    'the error of throwForStatus has the data that %s has read',
    async (_name, read, body, data) => {
      const transport = inProcess(
        () => new Response(body, { status: 404, headers: { 'content-type': 'application/json' } }),
      );
      const response = await open({ transport }).get('http://app.test/');
      await read(response);
      expect(thrown(() => response.throwForStatus(), HTTPError).data).toEqual(data);
      expect(
        (await rejection(open({ transport }).get('http://app.test/').json(), HTTPError)).data,
      ).toEqual(data);
    },
  );

  test('the shortcut sets accept when none is set', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    expect(sent(await session.get('echo').json<JournalEntry>(), 'accept')).toContain(
      'application/json',
    );
    expect(
      sent(
        await session
          .get('echo', { headers: { accept: 'application/hal+json' } })
          .json<JournalEntry>(),
        'accept',
      ),
    ).toBe('application/hal+json');
    session.headers.set('accept', 'application/vnd.x+json');
    expect(sent(await session.get('echo').json<JournalEntry>(), 'accept')).toBe(
      'application/vnd.x+json',
    );
  });

  test('a call may be awaited and asked for its data', async () => {
    const { a } = sites();
    const call = open().get(a.url('echo'));
    expect((await call.json<JournalEntry>()).route).toBe('echo');
    expect((await call).status).toBe(200);
    expect(await a.requests()).toHaveLength(1);
  });
});

describe('json', () => {
  test('FIELD 52: a body that is no JSON is a DecodeError whose message does not show it', async () => {
    const { a } = sites();
    const body = '{"token":"s3cret-canary';
    const error = await rejection(
      open()
        .post(a.url('mirror'), { body, headers: { 'content-type': 'application/json' } })
        .json(),
      DecodeError,
    );
    expect(error.code).toBe('ERR_DECODE');
    expect(error.message).not.toContain('s3cret');
    expect(JSON.stringify(error)).not.toContain('s3cret');
    expect(error.request?.url).toBe(a.url('mirror'));
    await rejection((await open().get(a.url('reply', { text: 'nope' }))).json(), DecodeError);
  });

  test.each([200, 204])('an empty body with status %i is a DecodeError', async (status) => {
    const { a } = sites();
    await rejection(open().get(a.url('reply', { status })).json(), DecodeError);
  });

  test('the content-type does not matter', async () => {
    const { a } = sites();
    expect(
      await open()
        .get(a.url('reply', { text: '[1]', type: 'text/html' }))
        .json(),
    ).toEqual([1]);
  });

  test('parseJson reads it, for a call and for a session', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, parseJson: (text) => ({ session: text }) });
    const url = a.url('reply', { text: '1' });
    expect(await session.get(url).json()).toEqual({ session: '1' });
    expect(await (await session.get(url)).json()).toEqual({ session: '1' });
    expect(await session.get(url, { parseJson: (text) => ({ call: text }) }).json()).toEqual({
      call: '1',
    });
  });

  test('a key __proto__ in the data changes no prototype', async () => {
    const { a } = sites();
    const data = await open()
      .get(a.url('reply', { text: '{"__proto__":{"polluted":1}}' }))
      .json<Record<string, unknown>>();
    expect(Object.hasOwn(data, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('a Standard Schema validates and types the data', async () => {
    const { a } = sites();
    const schema = v.object({ n: v.pipe(v.string(), v.transform(Number)) });
    const session = open();
    const data = await session.get(a.url('reply', { text: '{"n":"5"}' })).json(schema);
    expect(data.n + 1).toBe(6);
    expect(await (await session.get(a.url('reply', { text: '{"n":"5"}' }))).json(schema)).toEqual({
      n: 5,
    });
  });

  test('what the schema refuses is a SchemaError with the issues', async () => {
    const { a } = sites();
    const error = await rejection(
      open()
        .get(a.url('reply', { text: '{"n":5}' }))
        .json(v.object({ n: v.string() })),
      SchemaError,
    );
    expect(error.code).toBe('ERR_SCHEMA');
    expect(error.issues).toHaveLength(1);
    expect(error.issues[0]?.path).toBeDefined();
    expect(error.request?.method).toBe('GET');
  });

  test.each([null, {}, 'schema', () => true, { '~standard': undefined }])(
    '%o is no Standard Schema: an InvalidRequestError says so, and the body can still be read',
    async (schema) => {
      const { a } = sites();
      const url = a.url('reply', { text: '{"n":5}' });
      const error = await rejection(
        open()
          .get(url)
          .json(schema as never),
        InvalidRequestError,
      );
      expect(error.message).toContain('Standard Schema');
      expect(error.request?.url).toBe(url);
      const response = await open().get(url);
      await rejection(response.json(schema as never), InvalidRequestError);
      expect(await response.json()).toEqual({ n: 5 });
    },
  );

  test('session.fetch takes no schema, as fetch takes none', async () => {
    const { a } = sites();
    const response = await open().fetch(a.url('reply', { text: '[1]' }));
    expect(
      await (response.json as (schema: unknown) => Promise<unknown>).call(response, 'anything'),
    ).toEqual([1]);
  });

  test('a schema may be asynchronous, and is not asked about an HTTP error', async () => {
    const { a } = sites();
    let asked = 0;
    const schema: StandardSchemaV1<unknown, string> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        async validate(value) {
          asked++;
          await Promise.resolve();
          return { value: `seen ${JSON.stringify(value)}` };
        },
      },
    };
    expect(
      await open()
        .get(a.url('reply', { text: '1' }))
        .json(schema),
    ).toBe('seen 1');
    await rejection(open().get(a.url('status/404')).json(schema), HTTPError);
    expect(asked).toBe(1);
  });
});

describe('what a response knows', () => {
  test('FIELD 53: elapsed is the time to the headers, whatever the body takes', async () => {
    const { a } = sites();
    const response = await open().get(a.url('gated', { first: 'x', key: 'k' }));
    const { elapsed } = response;
    expect(elapsed).toBeLessThan(60_000);
    await a.release('k');
    await response.text();
    expect(response.elapsed).toBe(elapsed);
    // A clock of whole milliseconds may stand still for one call, not for many.
    let sum = elapsed;
    for (let call = 0; call < 100 && sum === 0; call++)
      sum += (await open().get(a.url('echo'))).elapsed;
    expect(sum).toBeGreaterThan(0);
  });

  test('FIELD 54: links are parsed from Link, by rel, their URLs absolute', async () => {
    const { a } = sites();
    const link =
      '<../next?x=1,2;3>; rel="next"; title="a, \\"b\\"; c" , <http://other.test/last>;rel=last,</first>; REL = "first start"; hreflang=de, <no-rel>; title=x';
    const { links } = await open().get(a.url('reply', [['h', `link: ${link}`]]));
    const url = a.url('reply');
    expect(links['next']).toMatchObject({
      url: new URL('../next?x=1,2;3', url).href,
      rel: expect.stringContaining('next') as string,
      title: 'a, "b"; c',
    });
    expect(links['last']?.url).toBe('http://other.test/last');
    expect(links['first']?.url).toBe(new URL('/first', url).href);
    expect(links['start']?.url).toBe(new URL('/first', url).href);
    expect(links['first']?.['hreflang']).toBe('de');
  });

  test('FIELD 54: no Link and a bad one give no links, and a rel named __proto__ does no harm', async () => {
    const { a } = sites();
    const session = open();
    expect(Object.keys((await session.get(a.url('echo'))).links)).toEqual([]);
    expect(
      Object.keys((await session.get(a.url('reply', [['h', 'link: <<<;;,"']]))).links),
    ).toEqual([]);
    await session
      .get(a.url('reply', [['h', 'link: <x>; rel="__proto__"']]))
      .then((response) => response.links);
    expect(({} as { url?: string }).url).toBeUndefined();
  });

  test('attempts counts from 1', async () => {
    const { a } = sites();
    const session = open({ retry: { delay: () => 0 } });
    expect((await session.get(a.url('echo'))).attempts).toBe(1);
    expect((await session.get(a.url('flaky', { fails: 2 }))).attempts).toBe(3);
  });

  test('FIELD 9: response.cookies are those of this response alone', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.get(a.url('cookies/set', { line: 'before=1' }));
    const response = await session.get(
      a.url('cookies/set', [
        ['line', 'x=1; Path=/'],
        ['line', 'y="two"; HttpOnly'],
      ]),
    );
    expect(response.cookies).toEqual(inBrowser ? {} : { x: '1', y: '"two"' });
    expect((await session.get('echo')).cookies).toEqual({});
  });
});

describe('maxResponseSize', () => {
  test.each(['json', 'text', 'bytes', 'arrayBuffer', 'blob'] as const)(
    'over it .%s() rejects with ResponseTooLargeError',
    async (method) => {
      const { a } = sites();
      const error = await rejection(
        open({ maxResponseSize: 1000 })
          .get(a.url('bytes', { n: 1001 }))
          [method](),
        ResponseTooLargeError,
      );
      expect([error.limit, error.code]).toEqual([1000, 'ERR_RESPONSE_TOO_LARGE']);
    },
  );

  test('exactly that many bytes are fine', async () => {
    const { a } = sites();
    const session = open({ maxResponseSize: 1000 });
    expect((await session.get(a.url('bytes', { n: 1000 })).bytes()).length).toBe(1000);
    expect((await session.get(a.url('bytes', { n: 1000, length: 0 })).bytes()).length).toBe(1000);
  });

  test('it holds for streams, clones and lines, with and without a content-length', async () => {
    const { a } = sites();
    const session = open({ maxResponseSize: 1000 });
    for (const length of [0, 1]) {
      const url = a.url('bytes', { n: 200_000, length });
      const reader = ((await session.get(url)).body as ReadableStream<Uint8Array>).getReader();
      await rejection(
        (async () => {
          while (!(await reader.read()).done);
        })(),
        ResponseTooLargeError,
      );
      await rejection((await session.get(url)).clone().text(), ResponseTooLargeError);
      await rejection(
        (async () => {
          for await (const line of session.get(url).lines()) expect(line).toBeDefined();
        })(),
        ResponseTooLargeError,
      );
    }
  });

  test('it counts decoded bytes', async () => {
    const { a } = sites();
    await rejection(
      open({ maxResponseSize: 10_000 })
        .get(a.url('bomb', { n: 100_000 }))
        .text(),
      ResponseTooLargeError,
    );
  });

  test('a call overrides the session, and the session still works after', async () => {
    const { a } = sites();
    const session = open({ maxResponseSize: 10 });
    expect(
      (await session.get(a.url('bytes', { n: 1000 }), { maxResponseSize: 1000 }).bytes()).length,
    ).toBe(1000);
    await rejection(session.get(a.url('bytes', { n: 1000 })).bytes(), ResponseTooLargeError);
    expect(await session.get(a.url('reply', { text: 'short' })).text()).toBe('short');
  });
});

describe('bodies that nobody reads', () => {
  test('more responses than connections are all answered', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const responses = await Promise.all(
      Array.from({ length: 40 }, (_, n) => session.get(`bytes?n=1000&i=${n}`)),
    );
    expect(responses.every((response) => response.status === 200)).toBe(true);
    expect((await responses[39]?.bytes())?.length).toBe(1000);
  });

  test('concurrent calls keep their answers apart', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const order = deferred<string>();
    const held = session
      .get('held?key=k')
      .json()
      .then(() => order.resolve('held'));
    const searches = await Promise.all(
      Array.from(
        { length: 30 },
        async (_, n) =>
          (await session.get('echo', { searchParams: { n } }).json<JournalEntry>()).search,
      ),
    );
    expect(searches).toEqual(Array.from({ length: 30 }, (_, n) => `?n=${n}`));
    await a.release('k');
    expect(await order.promise).toBe('held');
    await held;
  });
});
