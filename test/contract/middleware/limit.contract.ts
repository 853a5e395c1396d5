/** `limit()`: a pace of requests, first come, first served. */
import { InvalidRequestError, type Middleware, NetworkError, TimeoutError } from 'isosession';
import { limit } from 'isosession/middleware';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  developmentTest,
  inProcess,
  open,
  reasonOf,
  rejection,
  sites,
  thrown,
  wireTest,
} from '../../support/contract.ts';
import { fakeTimers } from '../retries/fake-time.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A server that says when each request has come, and answers as it is told. */
function clockedServer(answer = () => new Response('ok')) {
  const times: number[] = [];
  const order: string[] = [];
  const transport = inProcess(({ url }) => {
    times.push(performance.now());
    order.push(url.pathname.slice(1));
    return answer();
  });
  return { times, order, transport };
}

/** The most that have come within `per` ms. */
function mostWithin(times: readonly number[], per: number): number {
  const counts = times.map((from) => times.filter((at) => at >= from && at < from + per).length);
  return Math.max(...counts);
}

/** A server that holds its answers back until they are released, one after the other. */
function heldServer() {
  const held: (() => void)[] = [];
  const order: string[] = [];
  const transport = inProcess(async ({ url }) => {
    order.push(url.pathname.slice(1));
    await new Promise<void>((resolve) => held.push(resolve));
    return new Response('ok');
  });
  return { order, transport, release: () => held.shift()?.() };
}

/** When what can go on without a timer has gone on. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

describe('the rate', () => {
  test('1,000 calls, 100 at a time, 50 a second: never more in any second, in order', async () => {
    fakeTimers();
    const { times, order, transport } = clockedServer();
    const session = open({ transport });
    session.use(limit({ concurrency: 100, rate: { count: 50, per: 1000 } }));
    const start = performance.now();
    const calls = Array.from({ length: 1000 }, (_, at) => session.get(`http://app.test/${at}`));
    await vi.runAllTimersAsync();
    await Promise.all(calls);
    expect(mostWithin(times, 1000)).toBe(50);
    expect(order).toEqual(calls.map((_, at) => String(at)));
    expect(performance.now() - start).toBe(19_000);
  });

  test('counts a request from its answer on, at the latest a tenth of the time later', async () => {
    fakeTimers();
    const times: number[] = [];
    const answerAfter = async (ms: number) => {
      times.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, ms));
      return new Response('ok');
    };
    const waits = [5, 5000, 0];
    const session = open({
      transport: inProcess((_, count) => answerAfter(waits[count - 1] ?? 0)),
    });
    session.use(limit({ rate: { count: 1, per: 1000 } }));
    const calls = waits.map(() => session.get('http://app.test/'));
    await vi.runAllTimersAsync();
    await Promise.all(calls);
    expect(times.map((at) => at - (times[0] ?? 0))).toEqual([0, 1005, 2105]);
  });

  test('counts a request from when it was ready on', async () => {
    fakeTimers();
    const { times, transport } = clockedServer();
    const session = open({ transport });
    session.use(limit({ rate: { count: 1, per: 1000 } }));
    const slow: Middleware = (request, next) => {
      if (times.length === 0) vi.advanceTimersByTime(400);
      return next(request);
    };
    session.use(slow, { around: 'attempt' });
    const start = performance.now();
    const calls = [0, 1].map(() => session.get('http://app.test/'));
    await vi.runAllTimersAsync();
    await Promise.all(calls);
    expect(times.map((at) => at - start)).toEqual([400, 1400]);
  });

  test('holds by a real clock, in order', async () => {
    const session = open({ baseUrl: sites().a.base });
    session.use(limit({ concurrency: 20, rate: { count: 10, per: 100 } }));
    const starts: number[] = [];
    const order: string[] = [];
    const watch: Middleware = (request, next) => {
      starts.push(performance.now());
      order.push(request.url.search);
      return next(request);
    };
    session.use(watch, { around: 'attempt' });
    const paths = Array.from({ length: 50 }, (_, at) => `?at=${at}`);
    await Promise.all(paths.map((path) => session.get(`echo${path}`)));
    expect(order).toEqual(paths);
    expect(mostWithin(starts, 100)).toBeLessThanOrEqual(10);
  });

  test('counts every attempt', async () => {
    fakeTimers();
    const { times, transport } = clockedServer(() => new Response(null, { status: 503 }));
    const session = open({ transport, retry: { limit: 2, delay: () => 0 } });
    session.use(limit({ rate: { count: 1, per: 1000 } }));
    const call = session.get('http://app.test/');
    await vi.runAllTimersAsync();
    expect((await call).attempts).toBe(3);
    expect(times.map((at) => at - (times[0] ?? 0))).toEqual([0, 1000, 2000]);
  });

  wireTest("around 'hop' counts every redirect", async () => {
    fakeTimers();
    const times: number[] = [];
    const transport = inProcess(({ url }) => {
      times.push(performance.now());
      const to = { a: 'b', b: 'c' }[url.pathname.slice(1)];
      return to ? new Response(null, { status: 302, headers: { location: to } }) : new Response();
    });
    const session = open({ transport });
    session.use(limit({ rate: { count: 1, per: 1000 } }), { around: 'hop' });
    const call = session.get('http://app.test/a');
    await vi.runAllTimersAsync();
    expect((await call).history).toHaveLength(2);
    expect(times.map((at) => at - (times[0] ?? 0))).toEqual([0, 1000, 2000]);
  });
});

describe('the concurrency', () => {
  test('is never exceeded, and calls go in the order in which they came', async () => {
    const { order, transport, release } = heldServer();
    const session = open({ transport });
    const pace = limit({ concurrency: 2 });
    session.use(pace);
    const calls = [0, 1, 2, 3].map((at) => session.get(`http://app.test/${at}`));
    await turn();
    expect(order).toEqual(['0', '1']);
    expect(pace.stats()).toEqual({ running: 2, queued: 2 });
    expect(session.stats()).toMatchObject({ queued: 2, inFlight: 4 });
    release();
    await calls[0];
    await turn();
    expect(order).toEqual(['0', '1', '2']);
    release();
    release();
    await turn();
    release();
    await Promise.all(calls);
    expect(order).toEqual(['0', '1', '2', '3']);
    expect(pace.stats()).toEqual({ running: 0, queued: 0 });
  });

  test('frees the place of a request that fails', async () => {
    const transport = inProcess(() => {
      throw new TypeError('no network');
    });
    const session = open({ transport, retry: 0 });
    session.use(limit({ concurrency: 1 }));
    for (let at = 0; at < 3; at++) await rejection(session.get('http://app.test/'), NetworkError);
  });

  test('is one of each origin, or of each key', async () => {
    const { order, transport, release } = heldServer();
    const byOrigin = open({ transport });
    byOrigin.use(limit({ concurrency: 1 }));
    const byKey = open({ transport });
    byKey.use(limit({ concurrency: 1, key: ({ headers }) => headers.get('user') ?? '' }));
    const calls = [
      byOrigin.get('http://a.test/a1'),
      byOrigin.get('http://a.test/a2'),
      byOrigin.get('http://b.test/b1'),
      byKey.get('http://a.test/ann', { headers: { user: 'ann' } }),
      byKey.get('http://b.test/ann2', { headers: { user: 'ann' } }),
      byKey.get('http://a.test/bob', { headers: { user: 'bob' } }),
    ];
    await turn();
    expect(order).toEqual(['a1', 'b1', 'ann', 'bob']);
    for (let at = 0; at < calls.length; at++) {
      release();
      await turn();
    }
    await Promise.all(calls);
  });

  test('is shared by the sessions that use one, children among them', async () => {
    const { order, transport, release } = heldServer();
    const session = open({ transport });
    const other = open({ transport });
    const pace = limit({ concurrency: 1 });
    session.use(pace);
    other.use([pace]);
    const calls = [session, session.extend(), other].map((one, at) =>
      one.get(`http://app.test/${at}`),
    );
    for (let at = 0; at < calls.length; at++) {
      await turn();
      expect(order).toHaveLength(at + 1);
      release();
    }
    await Promise.all(calls);
  });
});

describe('a wait', () => {
  test('ends with its call, and whoever stands behind moves up', async () => {
    const { order, transport, release } = heldServer();
    const session = open({ transport });
    const pace = limit({ concurrency: 1 });
    session.use(pace);
    const controller = new AbortController();
    const first = session.get('http://app.test/first');
    const given = reasonOf(session.get('http://app.test/up', { signal: controller.signal }));
    const last = session.get('http://app.test/last');
    await turn();
    controller.abort('no more');
    expect(await given).toBe('no more');
    expect(pace.stats()).toEqual({ running: 1, queued: 1 });
    release();
    await first;
    await turn();
    release();
    await last;
    expect(order).toEqual(['first', 'last']);
  });

  test('counts for the total timeout alone', async () => {
    fakeTimers();
    const { transport } = clockedServer();
    const session = open({ transport, timeout: { response: 100, total: 1500 } });
    session.use(limit({ rate: { count: 1, per: 1000 } }));
    const calls = [0, 1, 2].map(() => session.get('http://app.test/'));
    const late = rejection(calls[2] as Promise<unknown>, TimeoutError);
    await vi.runAllTimersAsync();
    expect((await calls[1])?.status).toBe(200);
    expect((await late).phase).toBe('total');
  });

  test('rejects as the session is destroyed', async () => {
    const { transport } = heldServer();
    const session = open({ transport });
    session.use(limit({ concurrency: 1 }));
    const calls = [0, 1].map(() => reasonOf(session.get('http://app.test/')));
    await turn();
    await session.destroy('over');
    expect(await Promise.all(calls)).toEqual(['over', 'over']);
  });
});

describe('F62: with hints', () => {
  /** A server that takes five a second, and says so in its way; those that it has refused. */
  function strictServer(tell: (remaining: number, reset: number) => Record<string, string>) {
    const seen = { refused: 0, times: [] as number[] };
    let [windowEnd, remaining] = [0, 0];
    const transport = inProcess(() => {
      const now = performance.now();
      if (now >= windowEnd) [windowEnd, remaining] = [now + 1000, 5];
      const status = remaining > 0 ? 200 : 429;
      if (status === 200) remaining--;
      else seen.refused++;
      seen.times.push(now);
      return new Response(null, { status, headers: tell(remaining, windowEnd - now) });
    });
    return { seen, transport };
  }
  const seconds = (ms: number) => String(Math.ceil(ms / 1000));

  test.each<[string, (remaining: number, reset: number) => Record<string, string>]>([
    ['RateLimit', (r, t) => ({ ratelimit: `"day";r=900;t=9, "second";r=${r};t=${seconds(t)}` })],
    [
      'X-RateLimit-Reset',
      (r, t) => ({ 'x-ratelimit-remaining': `${r}`, 'x-ratelimit-reset': seconds(t) }),
    ],
  ])('no call is refused by a server that tells its quota by %s', async (_, tell) => {
    fakeTimers();
    const { seen, transport } = strictServer(tell);
    const session = open({ transport, retry: 0 });
    session.use(limit({ concurrency: 3, hints: true }));
    const calls = Array.from({ length: 30 }, () => session.get('http://app.test/'));
    await vi.runAllTimersAsync();
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
    expect([seen.refused, seen.times.length]).toEqual([0, 30]);
  });

  test('after a refusal a server sees no call before its time, nor a retry', async () => {
    fakeTimers();
    const { seen, transport } = strictServer((remaining, reset) =>
      remaining ? {} : { 'retry-after-ms': String(reset) },
    );
    const session = open({ transport, retry: { limit: 9 } });
    session.use(limit({ hints: true }));
    const calls = Array.from({ length: 8 }, () => session.get('http://app.test/'));
    await vi.advanceTimersByTimeAsync(300);
    const later = Array.from({ length: 4 }, () => session.get('http://app.test/'));
    await vi.runAllTimersAsync();
    await Promise.all([...calls, ...later]);
    const start = seen.times[0] ?? 0;
    const at = seen.times.map((time) => time - start);
    // All that was sent before anything was known of the server, and then what it takes.
    expect(at.filter((time) => time > 0 && time < 1000)).toEqual([]);
    expect(at.filter((time) => time === 0)).toHaveLength(8);
  });

  test('a reset without a word of what remains holds up nobody', async () => {
    fakeTimers();
    const { times, transport } = clockedServer(
      () => new Response(null, { headers: { 'x-ratelimit-reset': '30' } }),
    );
    const session = open({ transport });
    session.use(limit({ hints: true }));
    for (let call = 0; call < 3; call++) await session.get('http://app.test/');
    expect(new Set(times).size).toBe(1);
  });

  test('what is said behind a redirect holds up nobody who asks before it', async () => {
    const { a, b } = sites();
    const session = open({ retry: 0 });
    session.use(limit({ hints: true }));
    const refusal = b.url('reply', { status: 429, h: 'retry-after: 30' });
    expect((await session.get(a.url('redirect', { to: refusal }))).status).toBe(429);
    const start = performance.now();
    expect((await session.get(a.url('echo'))).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  test('a wait beyond maxRetryAfter is not heeded', async () => {
    const transport = inProcess(
      () => new Response(null, { status: 429, headers: { 'retry-after': '3600' } }),
    );
    const session = open({ transport });
    session.use(limit({ hints: true }));
    for (let call = 0; call < 2; call++)
      expect((await session.get('http://app.test/')).status).toBe(429);
  });
});

test('a middleware of the caller may run it as it runs any other', async () => {
  const { order, transport, release } = heldServer();
  const session = open({ transport });
  const pace = limit({ concurrency: 1 });
  session.use((request, next) =>
    request.url.pathname === '/free' ? next(request) : pace(request, next),
  );
  const controller = new AbortController();
  const call = session.get('http://app.test/a');
  const given = reasonOf(session.get('http://app.test/b', { signal: controller.signal }));
  const free = session.get('http://app.test/free');
  await turn();
  expect(order).toEqual(['a', 'free']);
  controller.abort('no more');
  expect(await given).toBe('no more');
  release();
  release();
  await Promise.all([call, free]);
});

developmentTest('an option that is wrong is named', () => {
  const message = (options: object) => thrown(() => limit(options), InvalidRequestError).message;
  expect(message({ concurrency: 0 })).toContain('concurrency');
  expect(message({ rate: { count: 1 } })).toContain('per');
  expect(message({ rate: { count: Infinity, per: 1 } })).toContain('count');
  expect(message({ rate: { count: 1, per: 0 } })).toContain('per');
  expect(message({ rates: {} })).toContain('rate');
  expect(message({ key: 'origin' })).toContain('key');
});
