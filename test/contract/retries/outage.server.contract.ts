/** The retry budget in an outage: a browser's real timers take minutes to fake one of these. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inProcess, open } from '../../support/contract.ts';
import { answerWith, fakeTimers } from './fake-time.ts';

afterEach(() => {
  vi.useRealTimers();
});

const url = 'http://app.test/';

describe('F60: a server that is down for a minute under 100 calls a second', () => {
  /** A server that is down for the first minute, whatever that looks like. */
  function outage(fail: () => Response) {
    const start = performance.now();
    const counts = { down: 0, up: 0 };
    const transport = inProcess(() => {
      const isDown = performance.now() - start < 60_000;
      counts[isDown ? 'down' : 'up']++;
      return isDown ? fail() : new Response('ok');
    });
    return { counts, transport };
  }

  const refuse = () => {
    throw new TypeError('refused');
  };
  test.each([
    ['answers 503', answerWith(503)],
    ['cannot be reached', refuse],
  ])('and %s gets at most 1.3 times the calls; then it answers at once', async (_, fail) => {
    fakeTimers();
    const { counts, transport } = outage(fail);
    const session = open({ transport });
    const calls: Promise<unknown>[] = [];
    for (let second = 0; second < 60; second++) {
      for (let call = 0; call < 100; call++) {
        calls.push(session.get(url).catch(() => undefined));
        if (call % 10 === 9) await vi.advanceTimersByTimeAsync(100);
      }
    }
    expect(counts.down).toBeGreaterThan(7000);
    expect(counts.down).toBeLessThanOrEqual(1.3 * 6000);
    const recovered = Array.from({ length: 100 }, () => session.get(url));
    await vi.advanceTimersByTimeAsync(1000);
    for (const { status, attempts } of await Promise.all(recovered))
      expect([status, attempts]).toEqual([200, 1]);
    await Promise.all(calls);
  });
});
