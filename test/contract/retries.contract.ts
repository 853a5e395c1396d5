import { bearer, HTTPError, NetworkError, type RetryOptions, Session } from 'isosession';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  deferred,
  inBrowser,
  inNode,
  inProcess,
  open,
  rejection,
  reasonOf,
  sent,
  sites,
} from '../support/contract.ts';

const now = { delay: () => 0 };

afterEach(() => {
  vi.useRealTimers();
});

/** Only what waits is faked: sockets go on. */
function fakeTimers(): void {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
}

/**
 * The waits that a session decides on, for responses that never get better. Time is faked, so that
 * none is slept for real.
 */
async function waits(
  retry: RetryOptions,
  respond: () => Response,
  clock = new Date(),
): Promise<{ delays: number[]; attempts: number; elapsed: number }> {
  fakeTimers();
  vi.setSystemTime(clock);
  const delays: number[] = [];
  const session = open({
    retry,
    transport: inProcess(respond),
    hooks: { beforeRetry: [({ delay }) => void delays.push(delay)] },
    timeout: false,
  });
  const start = Date.now();
  const call = session.get('http://app.test/');
  await vi.runAllTimersAsync();
  const { attempts } = await call;
  return { delays, attempts, elapsed: Date.now() - start };
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  () =>
    new Response(`status ${code}`, { status: code, headers });

describe('what is retried', () => {
  test('a GET that fails twice with 503 succeeds at the third attempt', async () => {
    const { a } = sites();
    const response = await open({ retry: now }).get(a.url('flaky', { fails: 2, status: 503 }));
    expect([response.status, response.attempts]).toEqual([200, 3]);
    expect(await response.json()).toEqual({ request: 3 });
    expect(await a.requests()).toHaveLength(3);
  });

  test('FIELD 48: after two retries the last response is returned and its body can be read', async () => {
    const { a } = sites();
    const response = await open({ retry: now }).get(a.url('flaky', { fails: 9, status: 503 }));
    expect([response.status, response.attempts]).toEqual([503, 3]);
    expect(await response.text()).toBe('failure 3');
    expect(await a.requests()).toHaveLength(3);
  });

  test('asking for the data of the last failure is an HTTPError', async () => {
    const { a } = sites();
    const error = await rejection(
      open({ retry: now })
        .get(a.url('flaky', { fails: 9, status: 502 }))
        .text(),
      HTTPError,
    );
    expect([error.status, error.response.attempts, error.data]).toEqual([502, 3, 'failure 3']);
    expect(await a.requests()).toHaveLength(3);
  });

  test('throwHttpErrors does not keep a failure from being retried', async () => {
    const { a } = sites();
    const session = open({ retry: now, throwHttpErrors: true });
    expect(await session.get(a.url('flaky', { fails: 2 })).json()).toEqual({ request: 3 });
    expect(
      (await rejection(session.get(a.url('flaky', { key: 'x', fails: 9 })), HTTPError)).status,
    ).toBe(503);
  });

  test.each([408, 429, 500, 502, 503, 504])('F13: %i is retried', async (code) => {
    const transport = inProcess(status(code));
    await open({ retry: now, transport }).get('http://app.test/');
    expect(transport.seen).toHaveLength(3);
  });

  test.each([
    200, 204, 304, 400, 401, 403, 404, 405, 409, 410, 413, 418, 421, 422, 425, 451, 501, 505, 507,
  ])('F13: %i is not retried', async (code) => {
    const transport = inProcess(() => new Response(null, { status: code }));
    await open({ retry: now, transport }).get('http://app.test/');
    expect(transport.seen).toHaveLength(1);
  });

  test('413 is retried when it comes with Retry-After', async () => {
    expect(await waits({}, status(413, { 'retry-after': '2' }))).toMatchObject({
      delays: [2000, 2000],
      attempts: 3,
    });
  });

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'QUERY'])(
    '%s is retried',
    async (method) => {
      const transport = inProcess(status(503));
      await open({ retry: now, transport }).request('http://app.test/', { method });
      expect(transport.seen.map((request) => request.method)).toEqual([method, method, method]);
    },
  );

  test.each(['POST', 'PATCH', 'PROPFIND'])('%s is not', async (method) => {
    const transport = inProcess(status(503));
    await open({ retry: now, transport }).request('http://app.test/', { method });
    expect(transport.seen).toHaveLength(1);
  });

  test('a status below 400 that is named is repeated, too', async () => {
    const transport = inProcess(
      (_request, count) => new Response(null, { status: count < 3 ? 202 : 200 }),
    );
    const response = await open({ retry: { ...now, statusCodes: [202] }, transport }).get(
      'http://app.test/',
    );
    expect([response.status, response.attempts]).toEqual([200, 3]);
  });

  test('methods and statusCodes replace the lists, whatever the letter case', async () => {
    const transport = inProcess(status(418));
    const session = open({ retry: { ...now, methods: ['post'], statusCodes: [418] }, transport });
    await session.post('http://app.test/', { json: 1 });
    expect(transport.seen).toHaveLength(3);
    await session.get('http://app.test/');
    expect(transport.seen).toHaveLength(4);
  });

  test('a network error is retried for a GET and not for a POST', async () => {
    const { a } = sites();
    const session = open({ retry: now });
    expect(
      (await session.get(a.url('flaky', { status: 'reset', fails: 2, key: 'get' }))).status,
    ).toBe(200);
    // Node knows a fresh connection from a reused one, so the POST must meet a fresh one to fail.
    const retries: unknown[] = [];
    const other = open({
      retry: now,
      hooks: { beforeRetry: [(state) => void retries.push(state)] },
    });
    await rejection(
      other.post(a.url('flaky', { status: 'reset', fails: 99, key: 'post' })),
      NetworkError,
    );
    expect(retries).toEqual([]);
    // A browser itself sends again what met the end of a connection that it had kept.
    if (!inBrowser)
      expect((await a.requests()).filter((entry) => entry.search.includes('post'))).toHaveLength(1);
  });

  test('when every attempt fails the last error is thrown', async () => {
    let count = 0;
    const session = open({
      retry: now,
      transport: { send: () => Promise.reject(new NetworkError(`failure ${++count}`)) },
    });
    expect((await rejection(session.get('http://app.test/'), NetworkError)).message).toContain(
      'failure 3',
    );
    expect(count).toBe(3);
  });

  test('nothing is retried while the machine is offline', async () => {
    const transport = inProcess(() => Promise.reject(new NetworkError('offline')));
    if (inBrowser) {
      Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
      onTestFinished(() => void Reflect.deleteProperty(navigator, 'onLine'));
    } else {
      vi.stubGlobal('navigator', { onLine: false });
      onTestFinished(() => void vi.unstubAllGlobals());
    }
    await rejection(open({ retry: now, transport }).get('http://app.test/'), NetworkError);
    expect(transport.seen).toHaveLength(1);
  });

  test('a one-shot stream is sent once and the response of that one attempt returned', async () => {
    const transport = inProcess(async (request) => {
      if (request.body && typeof request.body === 'object' && Symbol.asyncIterator in request.body)
        for await (const chunk of request.body) expect(chunk).toBeDefined();
      return new Response('busy', { status: 503 });
    });
    const session = open({ retry: now, transport });
    async function* pieces() {
      yield 'one';
      await Promise.resolve();
    }
    for (const body of [new Blob(['x']).stream(), pieces()]) {
      const response = await session.put('http://app.test/', { body });
      expect([response.status, response.attempts]).toEqual([503, 1]);
    }
    expect(transport.seen).toHaveLength(2);
  });

  test('no error other than a network error is retried', async () => {
    const reason = new Error('thrown by a middleware');
    const transport = inProcess(() => new Response());
    const session = open({ retry: now, transport, auth: () => Promise.reject(reason) });
    expect(await reasonOf(session.get('http://app.test/'))).toBe(reason);
    expect(transport.seen).toHaveLength(0);
  });
});

describe('how often', () => {
  test.each<[number | false | RetryOptions | undefined, number]>([
    [0, 1],
    [false, 1],
    [1, 2],
    [5, 6],
    [{ limit: 3 }, 4],
    [{ limit: 0 }, 1],
    [undefined, 3],
  ])('retry: %o makes %i attempts', async (retry, attempts) => {
    const transport = inProcess(status(503));
    const session = open({ transport, retry: now });
    const response = await session.get('http://app.test/', {
      retry: typeof retry === 'number' && retry > 0 ? { limit: retry } : retry,
    });
    expect([response.attempts, transport.seen.length]).toEqual([attempts, attempts]);
  });

  test("the settings of a call combine with the session's by key", async () => {
    const transport = inProcess(status(418));
    const session = open({ transport, retry: { limit: 1, statusCodes: [418], ...now } });
    await session.get('http://app.test/', { retry: { limit: 4 } });
    expect(transport.seen).toHaveLength(5);
    await session.get('http://app.test/', { retry: { statusCodes: [500] } });
    expect(transport.seen).toHaveLength(6);
  });

  test('session.retry is live, takes what the option takes and reads back whole and frozen', async () => {
    const transport = inProcess(status(503));
    const session = open({ transport });
    expect(session.retry).toMatchObject({ limit: 2 });
    session.retry = 0;
    await session.get('http://app.test/');
    expect(transport.seen).toHaveLength(1);
    session.retry = { limit: 1, ...now };
    expect(session.retry).toMatchObject({
      limit: 1,
      statusCodes: [408, 413, 429, 500, 502, 503, 504],
    });
    expect(Object.isFrozen(session.retry)).toBe(true);
    await session.get('http://app.test/');
    expect(transport.seen).toHaveLength(3);
  });

  test.each(['methods', 'statusCodes', 'afterStatusCodes'] as const)(
    'its %s cannot be changed in place, which would change those of every session',
    (name) => {
      for (const retry of [
        undefined,
        { methods: ['post'], statusCodes: [503], afterStatusCodes: [503] },
      ]) {
        const {
          retry: { [name]: list },
        } = open({ retry });
        expect(() => (list as unknown[]).push(1)).toThrow(TypeError);
      }
    },
  );

  test('nor can what a middleware sees of the options', async () => {
    const session = open({ transport: inProcess(() => new Response()) });
    session.use((request, next) => {
      (request.options.keepHeaders as string[]).push('authorization');
      return next(request);
    });
    await rejection(session.get('http://app.test/'), TypeError);
  });
});

describe('how long the wait is', () => {
  test('by default 300 ms doubled each time, drawn from zero to that', async () => {
    const { delays } = await waits({ limit: 4 }, status(503));
    expect(delays).toHaveLength(4);
    delays.forEach((delay, index) => {
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(300 * 2 ** index);
    });
  });

  test('without jitter exactly that', async () => {
    const { delays, elapsed } = await waits({ limit: 4, jitter: false }, status(503));
    expect(delays).toEqual([300, 600, 1200, 2400]);
    expect(elapsed).toBe(4500);
  });

  test('jitter draws from the whole range', async () => {
    const random = vi.spyOn(Math, 'random');
    onTestFinished(() => random.mockRestore());
    random.mockReturnValue(0);
    expect((await waits({ limit: 1 }, status(503))).delays).toEqual([0]);
    random.mockReturnValue(0.5);
    expect((await waits({ limit: 1 }, status(503))).delays).toEqual([150]);
  });

  test('delay gives it, without jitter unless that is set', async () => {
    const delay = (attempt: number) => attempt * 7;
    expect((await waits({ limit: 3, delay }, status(503))).delays).toEqual([7, 14, 21]);
    expect((await waits({ limit: 3, delay, jitter: (ms) => ms + 1 }, status(503))).delays).toEqual([
      8, 15, 22,
    ]);
    for (const ms of (await waits({ limit: 3, delay: () => 1000, jitter: true }, status(503)))
      .delays)
      expect(ms).toBeLessThanOrEqual(1000);
  });

  test('backoffLimit bounds it', async () => {
    expect(
      (await waits({ limit: 4, jitter: false, backoffLimit: 1000 }, status(503))).delays,
    ).toEqual([300, 600, 1000, 1000]);
    expect((await waits({ limit: 9, jitter: false }, status(503))).delays.slice(-2)).toEqual([
      30_000, 30_000,
    ]);
  });

  test('it is waited for', async () => {
    fakeTimers();
    const transport = inProcess(
      (_, count) => new Response(null, { status: count === 1 ? 503 : 200 }),
    );
    const call = open({ transport, retry: { delay: () => 1000 }, timeout: false }).get(
      'http://app.test/',
    );
    await vi.advanceTimersByTimeAsync(999);
    expect(transport.seen).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(transport.seen).toHaveLength(2);
    expect((await call).status).toBe(200);
  });

  test('beforeRetry is told the response, the attempt and the wait, before the wait', async () => {
    const { a } = sites();
    const seen: unknown[] = [];
    const session = open({
      retry: { delay: () => 0 },
      context: { trace: 7 },
      hooks: {
        beforeRetry: [
          ({ request, response, error, attempt, delay, context }) => {
            seen.push([request.method, response?.status, error, attempt, delay, context['trace']]);
            request.headers.set('x-attempt', String(attempt));
          },
        ],
      },
    });
    await session.get(a.url('flaky', { fails: 2 }));
    expect(seen).toEqual([
      ['GET', 503, undefined, 1, 0, 7],
      ['GET', 503, undefined, 2, 0, 7],
    ]);
    expect((await a.requests()).map((entry) => sent(entry, 'x-attempt'))).toEqual([
      undefined,
      '1',
      '2',
    ]);
  });
});

describe('Retry-After', () => {
  const own = 77;
  const retry: RetryOptions = { limit: 1, delay: () => own };
  const clock = new Date('2030-01-01T00:00:00Z');

  const rows: [string, Record<string, string>, number[]][] = [
    ['seconds are waited', { 'retry-after': '3' }, [3000]],
    ['a date is waited for', { 'retry-after': 'Tue, 01 Jan 2030 00:00:05 GMT' }, [5000]],
    ['0 leaves the own back-off', { 'retry-after': '0' }, [own]],
    ['a fraction is junk', { 'retry-after': '1.5' }, [own]],
    ['a negative number is junk', { 'retry-after': '-5' }, [own]],
    ['nothing is junk', { 'retry-after': '' }, [own]],
    ['a word is junk', { 'retry-after': 'abc' }, [own]],
    [
      'a past date leaves the own back-off',
      { 'retry-after': 'Mon, 31 Dec 2029 23:59:00 GMT' },
      [own],
    ],
    ['a huge number is not slept', { 'retry-after': '99999999999' }, []],
    ['a date in 2099 is not slept', { 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' }, []],
    ['a minute is slept', { 'retry-after': '60' }, [60_000]],
    ['more than a minute is not', { 'retry-after': '61' }, []],
    ['RateLimit-Reset counts seconds', { 'ratelimit-reset': '4' }, [4000]],
    [
      'X-RateLimit-Reset may be a time',
      { 'x-ratelimit-reset': String(clock.getTime() / 1000 + 6) },
      [6000],
    ],
    [
      'Retry-After goes before RateLimit-Reset',
      { 'retry-after': '2', 'ratelimit-reset': '9' },
      [2000],
    ],
  ];
  test.each(rows)('F14: %s', async (_name, headers, wanted) => {
    const { delays } = await waits(retry, status(429, headers), clock);
    expect(delays).toEqual(wanted);
  });

  test('D7: an absurd wait gives the response back at once', async () => {
    const { a } = sites();
    const response = await open().get(
      a.url('flaky', { fails: 9, status: 429, retryAfter: '9'.repeat(40) }),
    );
    expect([response.status, response.attempts, await response.text()]).toEqual([
      429,
      1,
      'failure 1',
    ]);
  });

  test('it is honoured for 413, 429 and 503 and for no other status', async () => {
    const headers = { 'retry-after': '2' };
    for (const code of [413, 429, 503])
      expect((await waits(retry, status(code, headers))).delays).toEqual([2000]);
    for (const code of [408, 500, 502, 504])
      expect((await waits(retry, status(code, headers))).delays).toEqual([own]);
    expect(
      (await waits({ ...retry, afterStatusCodes: [500] }, status(500, headers))).delays,
    ).toEqual([2000]);
  });

  test('maxRetryAfter moves the bound', async () => {
    expect(
      (await waits({ ...retry, maxRetryAfter: 1000 }, status(503, { 'retry-after': '2' }))).delays,
    ).toEqual([]);
    expect(
      (await waits({ ...retry, maxRetryAfter: 200_000 }, status(503, { 'retry-after': '200' })))
        .delays,
    ).toEqual([200_000]);
  });

  test('it is neither jittered nor bounded by backoffLimit', async () => {
    expect(
      (
        await waits(
          { limit: 2, jitter: true, backoffLimit: 10 },
          status(503, { 'retry-after': '5' }),
        )
      ).delays,
    ).toEqual([5000, 5000]);
  });

  test("a real server's Retry-After is seen", async () => {
    const { a } = sites();
    const delays: number[] = [];
    const stop = new AbortController();
    const session = open({
      hooks: {
        beforeRetry: [
          ({ delay }) => {
            delays.push(delay);
            stop.abort();
          },
        ],
      },
    });
    await reasonOf(session.get(a.url('flaky', { retryAfter: '30' }), { signal: stop.signal }));
    expect(delays).toEqual([30_000]);
    expect(await a.requests()).toHaveLength(1);
  });
});

describe('shouldRetry', () => {
  test('has the last word, in both directions', async () => {
    const transport = inProcess(status(503));
    const session = open({ transport, retry: { ...now, shouldRetry: () => false } });
    await session.get('http://app.test/');
    expect(transport.seen).toHaveLength(1);
    const fine = inProcess(status(200));
    await open({
      transport: fine,
      retry: { ...now, shouldRetry: () => Promise.resolve(true) },
    }).get('http://app.test/');
    expect(fine.seen).toHaveLength(3);
  });

  test('undefined leaves the default, and it is told the response or the error and the attempt', async () => {
    const states: unknown[] = [];
    const failure = new NetworkError('no');
    const transport = inProcess((_, count) =>
      count === 1 ? new Response('x', { status: 503 }) : Promise.reject(failure),
    );
    const session = open({
      transport,
      retry: {
        ...now,
        shouldRetry: ({ response, error, attempt }) =>
          void states.push([
            response?.status,
            (error as Error | undefined)?.message,
            attempt,
          ]) as undefined,
      },
    });
    await rejection(session.get('http://app.test/'), NetworkError);
    expect(transport.seen).toHaveLength(3);
    expect(states.slice(0, 2)).toEqual([
      [503, undefined, 1],
      [undefined, 'no', 2],
    ]);
  });

  test('may read the body of the response', async () => {
    const { a } = sites();
    const session = open({
      retry: {
        ...now,
        shouldRetry: async ({ response }) => (await response?.clone().text()) === 'failure 1',
      },
    });
    const response = await session.get(a.url('flaky', { fails: 9 }));
    expect([response.attempts, await response.text()]).toEqual([2, 'failure 2']);
  });
});

describe('ending early', () => {
  test('an abort during the wait rejects at once with its reason, and nothing more is sent', async () => {
    const { a } = sites();
    const reason = new Error('enough');
    const stop = new AbortController();
    const session = open({
      retry: { delay: () => 1_000_000 },
      hooks: { beforeRetry: [() => queueMicrotask(() => stop.abort(reason))] },
    });
    expect(await reasonOf(session.get(a.url('flaky', { fails: 9 }), { signal: stop.signal }))).toBe(
      reason,
    );
    expect(await a.requests()).toHaveLength(1);
  });

  test('a wait beyond the total deadline is not slept: the response is returned', async () => {
    const { a } = sites();
    const response = await open({
      retry: { delay: () => 1_000_000 },
      timeout: { total: 20_000 },
    }).get(a.url('flaky', { fails: 9 }));
    expect([response.status, response.attempts]).toEqual([503, 1]);
    expect(await response.text()).toBe('failure 1');
  });

  test('a wait beyond the total deadline is not slept: the error is thrown', async () => {
    const failure = new NetworkError('no');
    const session = open({
      retry: { delay: () => 1_000_000 },
      timeout: { total: 20_000 },
      transport: { send: () => Promise.reject(failure) },
    });
    await rejection(session.get('http://app.test/'), NetworkError);
  });
});

describe('each attempt', () => {
  test('reads the token that is current then', async () => {
    const { a } = sites();
    let token = 0;
    await open({ retry: now, auth: bearer(() => `t${++token}`) }).get(a.url('flaky', { fails: 2 }));
    expect((await a.requests()).map((entry) => sent(entry, 'authorization'))).toEqual([
      'Bearer t1',
      'Bearer t2',
      'Bearer t3',
    ]);
  });

  test('starts again from the first URL of a redirect', async () => {
    const { a } = sites();
    const response = await open({ retry: now }).get(a.url('redirect', { to: 'flaky?fails=1' }));
    expect(response.attempts).toBe(2);
    expect((await a.requests()).map((entry) => entry.route)).toEqual([
      'redirect',
      'flaky',
      'redirect',
      'flaky',
    ]);
  });

  test("a failed attempt's body does not hold its connection", async () => {
    const { a } = sites();
    const session = open({ retry: { ...now, limit: 20 } });
    expect((await session.get(a.url('flaky', { fails: 20 }))).attempts).toBe(21);
    // Where the next attempt starts before the last body has come, that one is drained on a
    // connection of its own.
    if (inNode)
      expect(new Set((await a.requests()).map((entry) => entry.socket)).size).toBeLessThanOrEqual(
        3,
      );
  });

  test('middleware sees one call, whatever the attempts', async () => {
    const { a } = sites();
    const seen: number[] = [];
    const session = new Session({ retry: now });
    onTestFinished(() => session.close());
    session.use(async (request, next) => {
      const response = await next(request);
      seen.push(response.status);
      return response;
    });
    await session.get(a.url('flaky', { fails: 2 }));
    expect(seen).toEqual([200]);
  });

  test('concurrent calls retry on their own', async () => {
    const { a } = sites();
    const session = open({ retry: now });
    const responses = await Promise.all(
      Array.from({ length: 8 }, (_, key) => session.get(a.url('flaky', { key, fails: key % 3 }))),
    );
    expect(responses.map((response) => response.attempts)).toEqual([1, 2, 3, 1, 2, 3, 1, 2]);
  });
});

test('a hook that takes its time delays the retry', async () => {
  const gate = deferred();
  const transport = inProcess((_, count) => new Response(null, { status: count < 3 ? 503 : 200 }));
  const asked = deferred();
  const session = open({
    transport,
    retry: now,
    hooks: {
      beforeRetry: [
        () => {
          asked.resolve();
          return gate.promise;
        },
      ],
    },
  });
  const call = session.get('http://app.test/');
  await asked.promise;
  expect(transport.seen).toHaveLength(1);
  gate.resolve();
  expect((await call).attempts).toBe(3);
});
