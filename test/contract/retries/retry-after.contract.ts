import type { RetryOptions } from 'isosession';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { open, reasonOf, sites } from '../../support/contract.ts';
import { status, waits } from './fake-time.ts';

afterEach(() => {
  vi.useRealTimers();
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
  test.each(rows)('%s', async (_name, headers, wanted) => {
    const { delays } = await waits(retry, status(429, headers), clock);
    expect(delays).toEqual(wanted);
  });

  test('an absurd Retry-After gives the response back at once', async () => {
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
