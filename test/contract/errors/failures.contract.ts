import {
  DecodeError,
  InvalidRequestError,
  NetworkError,
  ResponseTooLargeError,
  SchemaError,
  SessionClosedError,
  SessionError,
  TimeoutError,
  TooManyRedirectsError,
  UnsupportedError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  developmentTest,
  inNode,
  inProcess,
  inProduction,
  open,
  reasonOf,
  rejection,
  sites,
} from '../../support/contract.ts';

describe('the classes', () => {
  const errors: { error: SessionError; code: string }[] = [
    { error: new NetworkError('x'), code: 'ERR_NETWORK' },
    { error: new TimeoutError('body', 5), code: 'ERR_TIMEOUT' },
    { error: new TooManyRedirectsError(20, []), code: 'ERR_TOO_MANY_REDIRECTS' },
    { error: new ResponseTooLargeError(5), code: 'ERR_RESPONSE_TOO_LARGE' },
    { error: new DecodeError('x'), code: 'ERR_DECODE' },
    { error: new SchemaError([{ message: 'x' }]), code: 'ERR_SCHEMA' },
    { error: new InvalidRequestError('x'), code: 'ERR_INVALID_REQUEST' },
    { error: new SessionClosedError(), code: 'ERR_SESSION_CLOSED' },
    { error: new UnsupportedError('x'), code: 'ERR_UNSUPPORTED' },
  ];
  for (const { error, code } of errors) {
    test(`${code} is a SessionError with the name of its class`, () => {
      expect(error).toBeInstanceOf(SessionError);
      expect(error).toBeInstanceOf(Error);
      expect(SessionError.is(error)).toBe(true);
      expect([error.code, error.name]).toEqual([code, error.constructor.name]);
      expect(error.message).not.toBe('');
    });
  }

  test('SessionError.is is false for every other value', () => {
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
    'a body cut short (%s) is a NetworkError, and never a success',
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

  test('an error of a stream or callback of the user reaches the caller as it is', async () => {
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

  test('a foreign error of a transport becomes the cause of a NetworkError', async () => {
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
    ...(inProduction ? [] : [session.post('echo', { json: 1, body: 'x' } as never)]),
    ...(inNode ? [session.get('loop')] : []),
  ];
  expect((await Promise.allSettled(failures)).map((result) => result.status)).toEqual(
    failures.map(() => 'rejected'),
  );
  expect((await session.get('echo')).status).toBe(200);
  expect(session.closed).toBe(false);
  expect(session.stats().inFlight).toBe(0);
});

test('a failed call leaves nothing in flight', async () => {
  const session = open({ retry: 0, transport: inProcess(() => Promise.reject(new Error('x'))) });
  await rejection(session.get('http://app.test/'), NetworkError);
  expect(session.stats()).toMatchObject({ inFlight: 0, queued: 0 });
});

developmentTest(
  'a failed call with credentials from a page names same-origin as a remedy',
  async () => {
    const session = open({
      baseUrl: 'http://other.test/',
      retry: 0,
      transport: {
        managed: true,
        send: () => Promise.reject(new TypeError('fetch failed')),
      },
      credentials: 'include',
    });
    expect((await rejection(session.get(''), NetworkError)).message.includes('same-origin')).toBe(
      globalThis.location !== undefined,
    );
  },
);
