import {
  DecodeError,
  HTTPError,
  InvalidRequestError,
  NetworkError,
  ResponseTooLargeError,
  SchemaError,
  type Session,
  SessionClosedError,
  SessionError,
  TimeoutError,
  TooManyRedirectsError,
  UnsupportedError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  deferred,
  inBrowser,
  inNode,
  inProcess,
  open,
  reasonOf,
  rejection,
  type Site,
  sites,
} from '../support/contract.ts';

describe('the classes', () => {
  const errors: [SessionError, string][] = [
    [new NetworkError('x'), 'ERR_NETWORK'],
    [new TimeoutError('body', 5), 'ERR_TIMEOUT'],
    [new TooManyRedirectsError(20, []), 'ERR_TOO_MANY_REDIRECTS'],
    [new ResponseTooLargeError(5), 'ERR_RESPONSE_TOO_LARGE'],
    [new DecodeError('x'), 'ERR_DECODE'],
    [new SchemaError([{ message: 'x' }]), 'ERR_SCHEMA'],
    [new InvalidRequestError('x'), 'ERR_INVALID_REQUEST'],
    [new SessionClosedError(), 'ERR_SESSION_CLOSED'],
    [new UnsupportedError('x'), 'ERR_UNSUPPORTED'],
  ];
  test.each(errors)('%o has the code %s, its name, and is a SessionError', (error, code) => {
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toBeInstanceOf(Error);
    expect(SessionError.is(error)).toBe(true);
    expect([error.code, error.name]).toEqual([code, error.constructor.name]);
    expect(error.message).not.toBe('');
  });

  test('SessionError.is knows no other errors', () => {
    for (const other of [
      new Error('x'),
      new TypeError('x'),
      null,
      undefined,
      'error',
      5,
      {},
      { code: 'ERR_NETWORK' },
    ])
      expect(SessionError.is(other)).toBe(false);
  });
});

describe('network errors', () => {
  test("a reset connection is a NetworkError whose cause is the runtime's error", async () => {
    const { a } = sites();
    const error = await rejection(open({ retry: 0 }).get(a.url('reset')), NetworkError);
    expect(error.cause).toBeInstanceOf(Error);
    expect(SessionError.is(error.cause)).toBe(false);
    expect(error.request).toMatchObject({ method: 'GET', url: a.url('reset') });
  });

  test.each(['length', 'chunked'])(
    'F9: a body cut short (%s) is a NetworkError, and never a success',
    async (kind) => {
      const { a } = sites();
      const session = open({ retry: 0 });
      const url = a.url('truncated', { kind });
      // Where the body has begun to fail before the headers were handed over, the call itself may
      // reject.
      await rejection(session.get(url).text(), NetworkError);
      await rejection(session.get(url).json(), NetworkError);
      await rejection(
        (async () => {
          const reader = ((await session.get(url)).body as ReadableStream<Uint8Array>).getReader();
          while (!(await reader.read()).done);
        })(),
        NetworkError,
      );
    },
  );

  test.each([new TypeError('terminated'), new Error('Network connection lost.')])(
    'a body that a transport breaks off with %s is a NetworkError with that cause',
    async (cause) => {
      const transport = inProcess(
        () => new Response(new ReadableStream({ pull: (controller) => controller.error(cause) })),
      );
      expect(
        (await rejection((await open({ transport }).get('http://app.test/')).text(), NetworkError))
          .cause,
      ).toBe(cause);
    },
  );

  test("what a middleware's own stream and a progress callback throw is theirs", async () => {
    const reason = new Error('mine');
    const session = open({ transport: inProcess(() => new Response('hello')) });
    const onDownloadProgress = () => {
      throw reason;
    };
    expect(
      await reasonOf((await session.get('http://app.test/', { onDownloadProgress })).text()),
    ).toBe(reason);
    session.use(async (request, next) => {
      await next(request);
      return new Response(new ReadableStream({ pull: (controller) => controller.error(reason) }));
    });
    expect(await reasonOf((await session.get('http://app.test/')).text())).toBe(reason);
  });

  test('the session works after a failure', async () => {
    const { a } = sites();
    const session = open({ retry: 0 });
    await rejection(session.get(a.url('reset')), NetworkError);
    await rejection(session.get(a.url('truncated')).text(), NetworkError);
    expect((await session.get(a.url('echo'))).status).toBe(200);
  });

  test("what a transport of one's own rejects with becomes a NetworkError with that cause, and our errors stay", async () => {
    const cause = new TypeError('wire cut');
    expect(
      (
        await rejection(
          open({ retry: 0, transport: { send: () => Promise.reject(cause) } }).get(
            'http://app.test/',
          ),
          NetworkError,
        )
      ).cause,
    ).toBe(cause);
    const own = new InvalidRequestError('no');
    expect(
      await reasonOf(
        open({ retry: 0, transport: { send: () => Promise.reject(own) } }).get('http://app.test/'),
      ),
    ).toBe(own);
  });

  test('a transport that throws at once rejects the call', async () => {
    const session = open({
      retry: 0,
      transport: {
        send() {
          throw new TypeError('at once');
        },
      },
    });
    await rejection(session.get('http://app.test/'), NetworkError);
  });
});

describe("a caller's own abort", () => {
  test('before the call nothing is sent and the reason is what the signal has', async () => {
    const { a } = sites();
    const reason = { mine: true };
    expect(await reasonOf(open().get(a.url('echo'), { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    expect(await a.requests()).toEqual([]);
  });

  test("without a reason it is the platform's AbortError, untouched", async () => {
    const { a } = sites();
    const signal = AbortSignal.abort();
    const error = await reasonOf(open().get(a.url('echo'), { signal }));
    expect(error).toBe(signal.reason);
    expect(error).toMatchObject({ name: 'AbortError' });
  });

  test('F20: while the headers are awaited it rejects at once and the request is given up', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const call = open().get(a.url('never'), { signal: stop.signal });
    await a.requests({ requests: 1 });
    const reason = new Error('changed my mind');
    stop.abort(reason);
    expect(await reasonOf(call)).toBe(reason);
    expect((await a.requests({ aborted: 1 }))[0]?.end).toBe('aborted');
  });

  test('F20: in the same turn as the call nothing is sent', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const call = open().get(a.url('echo'), { signal: stop.signal });
    stop.abort('now');
    expect(await reasonOf(call)).toBe('now');
    expect(await a.requests()).toEqual([]);
  });

  test('F20: in the middle of a body the reading rejects with the reason, however it is read', async () => {
    const { a } = sites();
    const session = open();
    const reason = new Error('enough');
    const readings: ((signal: AbortSignal, started: () => void) => Promise<unknown>)[] = [
      async (signal, started) => {
        const response = await session.get(a.url('gated', { first: 'x' }), { signal });
        const text = response.text();
        started();
        return text;
      },
      async (signal, started) => {
        const reader = (
          (await session.get(a.url('gated', { first: 'x' }), { signal }))
            .body as ReadableStream<Uint8Array>
        ).getReader();
        await reader.read();
        const second = reader.read();
        started();
        return second;
      },
      async (signal, started) => {
        for await (const line of session
          .get(a.url('gated', { first: 'x\ny' }), { signal })
          .lines()) {
          expect(line).toBe('x');
          started();
        }
      },
    ];
    for (const read of readings) {
      const stop = new AbortController();
      const started = deferred();
      const reading = reasonOf(read(stop.signal, started.resolve));
      await started.promise;
      stop.abort(reason);
      expect(await reading).toBe(reason);
    }
    await a.requests({ aborted: 3 });
  });

  test('F20: after the end it changes nothing', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const response = await open().get(a.url('reply', { text: 'whole' }), { signal: stop.signal });
    const text = response.text();
    expect(await text).toBe('whole');
    stop.abort();
    expect(await text).toBe('whole');
    expect(response.status).toBe(200);
  });

  test('one signal for many calls ends them all and then the session works on', async () => {
    const { a } = sites();
    const session = open();
    const stop = new AbortController();
    const calls = Array.from({ length: 5 }, (_, n) =>
      session.get(a.url('never', { n }), { signal: stop.signal }),
    );
    await a.requests({ requests: inBrowser ? 1 : 5 });
    stop.abort('all');
    expect(await Promise.all(calls.map(reasonOf))).toEqual(Array(5).fill('all'));
    expect((await session.get(a.url('echo'))).status).toBe(200);
  });

  test('the signal of a Request counts like the option', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const call = open().request(new Request(a.url('never'), { signal: stop.signal }));
    await a.requests({ requests: 1 });
    stop.abort('request');
    expect(await reasonOf(call)).toBe('request');
  });

  test('signal: null is none', async () => {
    const { a } = sites();
    expect((await open().get(a.url('echo'), { signal: null })).status).toBe(200);
  });
});

describe('what an error carries', () => {
  type Failing = [name: string, fail: (session: Session, a: Site) => PromiseLike<unknown>];
  const context = { trace: 1 };
  const failing: Failing[] = [
    ['a reset connection', (session, a) => session.get(a.url('reset'), { context })],
    [
      'a timeout',
      (session, a) => session.get(a.url('never'), { timeout: { response: 30 }, context }),
    ],
    [
      'a body that stops',
      (session, a) =>
        session.get(a.url('gated', { first: 'x' }), { timeout: { body: 30 }, context }).text(),
    ],
    ['a truncated body', (session, a) => session.get(a.url('truncated'), { context }).text()],
    ['a status', (session, a) => session.get(a.url('status/404'), { context }).json()],
    [
      'a body that is no JSON',
      (session, a) => session.get(a.url('reply', { text: 'no json' }), { context }).json(),
    ],
    [
      'a body that is too large',
      (session, a) =>
        session.get(a.url('bytes', { n: 10 }), { maxResponseSize: 5, context }).text(),
    ],
  ];
  test.each(failing)('the request and the context of its call: %s', async (_name, fail) => {
    const { a } = sites();
    const error = await rejection(
      fail(open({ retry: 0, context: { app: 'shop' } }), a),
      SessionError,
    );
    expect(error.context).toMatchObject({ app: 'shop', trace: 1 });
    expect(error.request?.method).toBe('GET');
    expect(error.request?.url.startsWith(a.base)).toBe(true);
  });

  test('the context also where no request was made of the options', async () => {
    const error = await rejection(
      open().get('http://app.test/', { headers: { 'x-a': 'b\nc' }, context }),
      InvalidRequestError,
    );
    expect(error.context).toMatchObject(context);
  });

  test('it can be written as JSON: name, code, message, method and URL', async () => {
    const { a } = sites();
    const error = await rejection(open().get(a.url('status/404')).json(), HTTPError);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: 'HTTPError',
      code: 'ERR_HTTP_STATUS',
      method: 'GET',
      url: a.url('status/404'),
    });
  });

  test('L1: neither message, JSON nor text shows a credential', async () => {
    const { a } = sites();
    const canary = 'cAnArY5';
    const url = new URL(a.url('status/404'));
    url.username = `user-${canary}`;
    url.password = `pass-${canary}`;
    const session = open({
      retry: 0,
      headers: { authorization: `Bearer ${canary}`, 'x-other': '1' },
    });
    const calls = [
      () => session.get(url).json(),
      () => session.get(a.url('reset')),
      () =>
        session.get(a.url('status/404'), { headers: { authorization: `Basic ${canary}` } }).json(),
      () => session.get(a.url('never'), { timeout: { response: 30 } }),
      () => session.get(`http://user-${canary}:${canary}@[bad/`),
      () => session.get(`ftp://user-${canary}:${canary}@host/`),
      // A password that was not encoded, a scheme that was forgotten, and other slashes.
      ...[
        'http://user:p/$@host/',
        'http://user:p#$@host/',
        'http://user:p?$@host/',
        'user:$@host/',
        'ftp:user:$@host',
        'http:\\\\user:$@[bad',
        'http://user:\n$@[bad',
        // To a page these are paths of its own.
        ...(inBrowser ? [] : ['http:user:$@[bad', 'http:/user:$@[bad']),
      ].map((input) => () => session.get(input.replace('$', canary))),
    ];
    for (const call of calls) {
      const error = await rejection(call(), SessionError);
      const texts = [
        error.message,
        String(error),
        error.stack ?? '',
        JSON.stringify(error),
        String(error.request?.url),
        JSON.stringify(error.request ?? {}),
        String(error.cause),
      ];
      expect(texts.join('\n')).not.toContain(canary);
    }
  });

  test('no promise of a call is left rejected without anybody listening', async () => {
    const { a } = sites();
    const unheard: unknown[] = [];
    const listen = (event: { reason: unknown }) => void unheard.push(event.reason);
    if (inBrowser) addEventListener('unhandledrejection', listen);
    const session = open({ retry: 0 });
    await rejection(session.get(a.url('status/404')).json(), HTTPError);
    await rejection(session.get(a.url('reset')).text(), NetworkError);
    const call = session.get(a.url('reset'));
    await Promise.all([rejection(call.json(), NetworkError), rejection(call.text(), NetworkError)]);
    await session.get(a.url('status/500'));
    if (inBrowser) removeEventListener('unhandledrejection', listen);
    // In Node the runner itself fails on one.
    expect(unheard).toEqual([]);
  });
});

test('a session survives every kind of failure', async () => {
  const { a } = sites();
  const session = open({ baseUrl: a.base, retry: 0 });
  const failures = [
    session.get('reset'),
    session.get('never', { timeout: { response: 30 } }),
    session.get('truncated').text(),
    session.get('status/500').json(),
    session.get('reply?text=x').json(),
    session.get('bytes?n=100', { maxResponseSize: 1 }).text(),
    session.get('echo', { headers: { 'bad name': '1' } }),
    session.get('echo', { nope: 1 } as never),
    session.get('echo', { signal: AbortSignal.abort() }),
    session.get('ftp://x/'),
    session.post('echo', { json: 1, body: 'x' }),
    ...(inNode ? [session.get('loop')] : []),
  ];
  expect((await Promise.allSettled(failures)).map((result) => result.status)).toEqual(
    failures.map(() => 'rejected'),
  );
  expect((await session.get('echo')).status).toBe(200);
  expect(session.closed).toBe(false);
  expect(session.stats().inFlight).toBe(0);
});

test('inProcess transports show that a failed call leaves nothing in flight', async () => {
  const session = open({ retry: 0, transport: inProcess(() => Promise.reject(new Error('x'))) });
  await rejection(session.get('http://app.test/'), NetworkError);
  expect(session.stats()).toMatchObject({ inFlight: 0, queued: 0 });
});

test("a failed call with credentials to another origin than the page's is told what to try; where there is no page, it is not", async () => {
  const session = open({
    baseUrl: 'http://other.test/',
    retry: 0,
    transport: inProcess(() => Promise.reject(new TypeError('fetch failed'))),
    credentials: 'include',
  });
  expect((await rejection(session.get(''), NetworkError)).message.includes('same-origin')).toBe(
    globalThis.location !== undefined,
  );
});
