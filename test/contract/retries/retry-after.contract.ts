import type { RetryOptions } from 'isosession';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inProcess, open, reasonOf, sites, wireTest } from '../../support/contract.ts';
import { answerWith, recordWaits } from './fake-time.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('F14: Retry-After', () => {
  const own = 77;
  const retry: RetryOptions = { limit: 1, delay: () => own };
  const clock = new Date('2030-01-01T00:00:00Z');

  const rows: { name: string; headers: Record<string, string>; wanted: number[] }[] = [
    { name: 'seconds are waited', headers: { 'retry-after': '3' }, wanted: [3000] },
    {
      name: 'a date is waited for',
      headers: { 'retry-after': 'Tue, 01 Jan 2030 00:00:05 GMT' },
      wanted: [5000],
    },
    { name: '0 is now', headers: { 'retry-after': '0' }, wanted: [0] },
    {
      name: 'retry-after-ms goes before it',
      headers: { 'retry-after': '3', 'retry-after-ms': '2500' },
      wanted: [2500],
    },
    {
      name: 'a used-up RateLimit is waited for',
      headers: { ratelimit: '"a";r=0;t=2, "b";r=7;t=60' },
      wanted: [2000],
    },
    {
      name: 'a RateLimit that is not used up leaves the own back-off',
      headers: { ratelimit: '"a";r=1;t=2' },
      wanted: [own],
    },
    {
      name: 'a reset leaves the own back-off while something remains',
      headers: { 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': '3600' },
      wanted: [own],
    },
    { name: 'a fraction is junk', headers: { 'retry-after': '1.5' }, wanted: [own] },
    { name: 'a negative number is junk', headers: { 'retry-after': '-5' }, wanted: [own] },
    { name: 'nothing is junk', headers: { 'retry-after': '' }, wanted: [own] },
    { name: 'a word is junk', headers: { 'retry-after': 'abc' }, wanted: [own] },
    {
      name: 'a past date leaves the own back-off',
      headers: { 'retry-after': 'Mon, 31 Dec 2029 23:59:00 GMT' },
      wanted: [own],
    },
    { name: 'a huge number is not slept', headers: { 'retry-after': '99999999999' }, wanted: [] },
    {
      name: 'a date in 2099 is not slept',
      headers: { 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' },
      wanted: [],
    },
    { name: 'a minute is slept', headers: { 'retry-after': '60' }, wanted: [60_000] },
    { name: 'more than a minute is not', headers: { 'retry-after': '61' }, wanted: [] },
    { name: 'RateLimit-Reset counts seconds', headers: { 'ratelimit-reset': '4' }, wanted: [4000] },
    {
      name: 'X-RateLimit-Reset may be a time',
      headers: { 'x-ratelimit-reset': String(clock.getTime() / 1000 + 6) },
      wanted: [6000],
    },
    {
      name: 'Retry-After goes before RateLimit-Reset',
      headers: { 'retry-after': '2', 'ratelimit-reset': '9' },
      wanted: [2000],
    },
  ];
  for (const { name, headers, wanted } of rows) {
    test(name, async () => {
      const { delays } = await recordWaits(retry, answerWith(429, headers), clock);
      expect(delays).toEqual(wanted);
    });
  }

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

  test('it is honoured for 413, 429 and 503, and for no other status', async () => {
    const headers = { 'retry-after': '2' };
    for (const code of [413, 429, 503])
      expect((await recordWaits(retry, answerWith(code, headers))).delays).toEqual([2000]);
    for (const code of [408, 500, 502, 504])
      expect((await recordWaits(retry, answerWith(code, headers))).delays).toEqual([own]);
    expect(
      (await recordWaits({ ...retry, afterStatusCodes: [500] }, answerWith(500, headers))).delays,
    ).toEqual([2000]);
  });

  test('maxRetryAfter moves the bound', async () => {
    expect(
      (
        await recordWaits(
          { ...retry, maxRetryAfter: 1000 },
          answerWith(503, { 'retry-after': '2' }),
        )
      ).delays,
    ).toEqual([]);
    expect(
      (
        await recordWaits(
          { ...retry, maxRetryAfter: 200_000 },
          answerWith(503, { 'retry-after': '200' }),
        )
      ).delays,
    ).toEqual([200_000]);
  });

  test('it is neither jittered nor bounded by backoffLimit', async () => {
    expect(
      (
        await recordWaits(
          { limit: 2, jitter: true, backoffLimit: 10 },
          answerWith(503, { 'retry-after': '5' }),
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

describe('x-should-retry', () => {
  const attemptsOf = async (
    status: number,
    verdict: string,
    { method = 'GET', ...retry }: RetryOptions & { method?: string } = {},
  ) => {
    const transport = inProcess(answerWith(status, { 'x-should-retry': verdict }));
    const session = open({ transport, retry: { limit: 1, delay: () => 0, ...retry } });
    return (await session.request('http://app.test/', { method })).attempts;
  };

  test("'false' is honoured for every status", async () => {
    for (const status of [429, 500, 503]) expect(await attemptsOf(status, 'false')).toBe(1);
    expect(await attemptsOf(503, 'no')).toBe(2);
  });

  test("'true' repeats any method, for a status of afterStatusCodes", async () => {
    expect(await attemptsOf(429, 'true', { method: 'POST' })).toBe(2);
    expect(await attemptsOf(500, 'true', { method: 'POST' })).toBe(1);
    expect(await attemptsOf(400, 'true')).toBe(1);
    const named = { statusCodes: [409], afterStatusCodes: [409], method: 'POST' };
    expect(await attemptsOf(409, 'true', named)).toBe(2);
  });

  test('shouldRetry has the last word', async () => {
    expect(await attemptsOf(503, 'false', { shouldRetry: () => true })).toBe(2);
    expect(await attemptsOf(503, 'true', { shouldRetry: () => false })).toBe(1);
  });

  wireTest('of what a redirect led to does not repeat what led there', async () => {
    const transport = inProcess(({ method }) =>
      method === 'POST'
        ? new Response(null, { status: 303, headers: { location: 'http://other.test/' } })
        : new Response(null, { status: 429, headers: { 'x-should-retry': 'true' } }),
    );
    const session = open({ transport, retry: { delay: () => 0 } });
    expect((await session.post('http://app.test/')).attempts).toBe(1);
    expect(transport.seen).toHaveLength(2);
  });
});
