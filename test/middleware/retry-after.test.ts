import { describe, expect, it } from 'vitest';
import { quotaOf, retryAfter as readRetryAfter } from '../../src/middleware/retry-after.ts';
import { hintsOf } from '../../src/middleware/server-hints.ts';
import { growth, linear } from '../support/growth.ts';

const now = Date.UTC(2026, 10, 23, 12);
const epoch = now / 1000;

const retryAfter = (headers: Headers, at: number) => readRetryAfter(hintsOf(headers), at);

describe('retryAfter', () => {
  it.each([
    ['0', 0],
    ['1', 1000],
    [' 120 ', 120_000],
    ['007', 7000],
    ['99999999999', 99999999999000],
    ['9'.repeat(400), Infinity],
    ['1.5', undefined],
    ['-5', undefined],
    ['+5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['', undefined],
    ['abc', undefined],
    ['1, 2', undefined],
    ['10s', undefined],
    ['2026-11-23T12:00:10Z', undefined],
    ['Mon, 99 Foo 2026 12:00:10 GMT', undefined],
    ['Mon, 23 Nov 2026 12:00:10 GMT', 10_000],
    ['Monday, 23-Nov-26 12:00:10 GMT', 10_000],
    ['Mon Nov 23 12:00:10 2026', 10_000],
    ['Mon, 23 Nov 2026 12:00:00 GMT', 0],
    ['Sun, 06 Nov 1994 08:49:37 GMT', undefined],
    ['Thu, 01 Jan 2099 00:00:00 GMT', Date.UTC(2099, 0, 1) - now],
  ])('reads `Retry-After: %s` as %s ms', (value, expected) => {
    expect(retryAfter(new Headers({ 'retry-after': value }), now)).toBe(expected);
  });

  it.each([
    ['RateLimit-Reset', '30', 30_000],
    ['X-RateLimit-Retry-After', '30', 30_000],
    ['X-RateLimit-Reset', '30', 30_000],
    ['X-Rate-Limit-Reset', '30', 30_000],
    ['RateLimit-Reset', `${epoch + 30}`, 30_000],
    ['X-RateLimit-Reset', `${epoch + 30}`, 30_000],
    ['X-Rate-Limit-Reset', `${epoch - 30}`, undefined],
    ['X-RateLimit-Reset', `${now + 30}`, 30],
    ['X-RateLimit-Reset', '2026-11-23T12:00:10Z', 10_000],
    ['X-RateLimit-Reset', '2026-11-23T13:00:10.5+01:00', 10_500],
    ['X-RateLimit-Reset', '2026-11-23', undefined],
    ['X-RateLimit-Reset-After', '1.25', 1250],
    ['Retry-After-Ms', '1500', 1500],
    ['Retry-After-Ms', '0.5', 0.5],
    ['Retry-After-Ms', '-1', undefined],
    ['RateLimit', '"default";r=0;t=2', 2000],
    ['RateLimit', '"default";r=5;t=2', undefined],
    ['RateLimit', '"default"; r=0; t=2', 2000],
    ['RateLimit', '"a";r=0;t=2, "b";r=0;t=9, "c";r=1;t=99', 9000],
    ['RateLimit', '"a,b;r=9";r=0;t=2', 2000],
    ['RateLimit', '"default";r=0', undefined],
    ['RateLimit', '"default";t=2', undefined],
    ['RateLimit', 'limit=100, remaining=0, reset=50', undefined],
    ['RateLimit', '"default', undefined],
    ['RateLimit', '', undefined],
    ['X-RateLimit-Reset', '1500000000', 1500000000000],
    ['X-RateLimit-Reset', 'Mon, 23 Nov 2026 12:00:10 GMT', 10_000],
    ['X-RateLimit-Reset', 'soon', undefined],
  ])('reads `%s: %s` as %s ms', (name, value, expected) => {
    expect(retryAfter(new Headers({ [name]: value }), now)).toBe(expected);
  });

  it('never takes Retry-After for seconds since 1970', () => {
    expect(retryAfter(new Headers({ 'retry-after': `${epoch + 30}` }), now)).toBe(
      (epoch + 30) * 1000,
    );
  });

  it('lets Retry-After decide when it is there, also when it is junk', () => {
    expect(retryAfter(new Headers({ 'ratelimit-reset': '9', 'retry-after': '1' }), now)).toBe(1000);
    expect(retryAfter(new Headers({ 'ratelimit-reset': '9', 'retry-after': 'junk' }), now)).toBe(
      undefined,
    );
    expect(retryAfter(new Headers({ 'x-ratelimit-reset': '9', 'ratelimit-reset': '1' }), now)).toBe(
      1000,
    );
  });

  it.each(['5', 'Sat, 01 Jan 2000 00:00:05 GMT'])(
    'reads several equal ones as one: %s',
    (value) => {
      const headers = (...values: string[]) =>
        new Headers(values.map((text): [string, string] => ['retry-after', text]));
      const once = retryAfter(headers(value), 0);
      expect(once).toBeGreaterThan(0);
      expect(retryAfter(headers(value, value), 0)).toBe(once);
      expect(retryAfter(headers(value, value, value), 0)).toBe(once);
      expect(retryAfter(headers(value, '9'), 0)).toBe(undefined);
    },
  );

  it('takes the window of a policy where it does not say when there is more', () => {
    const headers = {
      ratelimit: '"hour";r=3;t=5, "day";r=0',
      'ratelimit-policy': '"hour";q=100;w=3600, "day";q=1000;qu="requests";w=86400',
    };
    expect(retryAfter(new Headers(headers), now)).toBe(86_400_000);
  });

  it('asks for no wait while something remains', () => {
    const reset = { 'x-ratelimit-reset': '60' };
    expect(retryAfter(new Headers({ ...reset, 'x-ratelimit-remaining': '7' }), now)).toBe(
      undefined,
    );
    expect(retryAfter(new Headers({ ...reset, 'x-ratelimit-remaining': '0' }), now)).toBe(60_000);
  });

  it('goes by retry-after-ms before Retry-After, and by that before a quota', () => {
    const quota = { ratelimit: '"a";r=0;t=9' };
    expect(retryAfter(new Headers({ ...quota, 'retry-after': '3' }), now)).toBe(3000);
    const finer = { 'retry-after': '3', 'retry-after-ms': '2900' };
    expect(retryAfter(new Headers(finer), now)).toBe(2900);
  });

  it('knows the quota that is used up first', () => {
    const of = (headers: Record<string, string>) => quotaOf(hintsOf(new Headers(headers)), now);
    expect(of({ ratelimit: '"hour";r=50;t=9, "minute";r=2;t=30' })).toEqual({
      remaining: 2,
      reset: 30_000,
    });
    expect(of({ 'x-ratelimit-remaining': '4', 'x-ratelimit-reset': '8' })).toEqual({
      remaining: 4,
      reset: 8000,
    });
    expect(of({ 'x-ratelimit-remaining': '4' })).toBe(undefined);
    expect(of({ 'x-ratelimit-reset': '4' })).toBe(undefined);
  });

  it('takes what is left of another unit for no number of requests', () => {
    const policies = '"bytes";q=9;qu="content-bytes";w=60, "calls";q=9;qu="requests";w=60';
    const of = (ratelimit: string) =>
      quotaOf(hintsOf(new Headers({ ratelimit, 'ratelimit-policy': policies })), now);
    expect(of('"bytes";r=5;t=9')).toBe(undefined);
    expect(of('"bytes";r=5;t=9, "calls";r=7;t=3')).toEqual({ remaining: 7, reset: 3000 });
    expect(of('"bytes";r=0;t=9, "calls";r=7;t=3')).toEqual({ remaining: 0, reset: 9000 });
  });

  it('says nothing without a header', () => {
    expect(retryAfter(new Headers(), now)).toBe(undefined);
  });

  it.each([
    ['digits', '', '9', ''],
    ['letters', '', 'a', ''],
    ['spaces', 'a', ' ', ''],
    ['times', 'Mon, ', ':00 ', ':00 GMT'],
    ['GMTs', 'Mon, ', ' GMT', ''],
  ])(
    'reads sixteen times as many %s in about sixteen times as long',
    async (_, start, filler, end) => {
      const make = (size: number) => start + filler.repeat(size / filler.length) + end;
      for (const rest of ['', 'x'])
        expect(
          await growth(make, (text) =>
            retryAfter(new Headers({ 'retry-after': text + rest }), now),
          ),
        ).toBeLessThanOrEqual(linear);
    },
  );

  it.each([
    ['quotes', '"'],
    ['open members', '"a'],
    ['parameters', ';r=0'],
    ['commas', ','],
    ['strings', '"a";'],
  ])(
    'reads sixteen times as many %s of RateLimit in about as many times as long',
    async (_, filler) => {
      const make = (size: number) => filler.repeat(size / filler.length);
      for (const rest of ['', '"'])
        expect(
          await growth(make, (text) => retryAfter(new Headers({ ratelimit: text + rest }), now)),
        ).toBeLessThanOrEqual(linear);
    },
  );
});
