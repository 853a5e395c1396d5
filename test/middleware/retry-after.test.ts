import { describe, expect, it } from 'vitest';
import { retryAfter } from '../../src/middleware/retry-after.ts';
import { growth, linear } from '../support/growth.ts';

const now = Date.UTC(2026, 10, 23, 12);
const epoch = now / 1000;

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
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
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
    ['X-Rate-Limit-Reset', `${epoch - 30}`, 0],
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
});
