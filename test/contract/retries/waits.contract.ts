import { NetworkError } from 'isosession';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  deferred,
  inProcess,
  open,
  rejection,
  reasonOf,
  sent,
  sites,
} from '../../support/contract.ts';
import { answerWith, recordWaits, fakeTimers } from './fake-time.ts';

afterEach(() => {
  vi.useRealTimers();
});

const atOnce = { delay: () => 0 };

describe('how long the wait is', () => {
  test('by default 300 ms doubled each time, drawn from zero to that', async () => {
    const { delays } = await recordWaits({ limit: 4 }, answerWith(503));
    expect(delays).toHaveLength(4);
    delays.forEach((delay, index) => {
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(300 * 2 ** index);
    });
  });

  test('without jitter it is exactly that', async () => {
    const { delays, elapsed } = await recordWaits({ limit: 4, jitter: false }, answerWith(503));
    expect(delays).toEqual([300, 600, 1200, 2400]);
    expect(elapsed).toBe(4500);
  });

  test('jitter draws from the whole range', async () => {
    const random = vi.spyOn(Math, 'random');
    onTestFinished(() => random.mockRestore());
    random.mockReturnValue(0);
    expect((await recordWaits({ limit: 1 }, answerWith(503))).delays).toEqual([0]);
    random.mockReturnValue(0.5);
    expect((await recordWaits({ limit: 1 }, answerWith(503))).delays).toEqual([150]);
  });

  test('the option delay sets it, without jitter unless that is set', async () => {
    const delay = (attempt: number) => attempt * 7;
    expect((await recordWaits({ limit: 3, delay }, answerWith(503))).delays).toEqual([7, 14, 21]);
    expect(
      (await recordWaits({ limit: 3, delay, jitter: (ms) => ms + 1 }, answerWith(503))).delays,
    ).toEqual([8, 15, 22]);
    for (const ms of (
      await recordWaits({ limit: 3, delay: () => 1000, jitter: true }, answerWith(503))
    ).delays)
      expect(ms).toBeLessThanOrEqual(1000);
  });

  test('backoffLimit bounds it', async () => {
    expect(
      (await recordWaits({ limit: 4, jitter: false, backoffLimit: 1000 }, answerWith(503))).delays,
    ).toEqual([300, 600, 1000, 1000]);
    expect(
      (await recordWaits({ limit: 9, jitter: false }, answerWith(503))).delays.slice(-2),
    ).toEqual([30_000, 30_000]);
  });

  test('the next attempt waits for it', async () => {
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

describe('ending early', () => {
  test('an abort during the wait rejects at once, and nothing more is sent', async () => {
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

test('a hook that takes its time delays the retry', async () => {
  const gate = deferred();
  const transport = inProcess((_, count) => new Response(null, { status: count < 3 ? 503 : 200 }));
  const asked = deferred();
  const session = open({
    transport,
    retry: atOnce,
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
