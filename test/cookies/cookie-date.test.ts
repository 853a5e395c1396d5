import { describe, expect, it } from 'vitest';
import { parseCookieDate } from '../../src/cookies/rules/cookie-date.ts';

describe('a cookie date', () => {
  it.each([
    'Tue, 30 Feb 2027 10:00:00 GMT',
    'Wed, 31 Apr 2027 10:00:00 GMT',
    '1 Jan 1600 00:00:00',
    '1 Jan 2027 24:00:00',
    '1 Jan 2027 00:60:00',
    '1 Jan 2027 00:00:60',
    '0 Jan 2027 00:00:00',
    '1 Jan 2027',
    'Jan 2027 00:00:00',
    '1 2027 00:00:00',
    '1 Jan 00:00:00',
    '1 anfeb 2027 00:00:00',
    '',
  ])('%j is none', (text) => {
    expect(parseCookieDate(text)).toBeUndefined();
  });

  it.each([
    ['29 Feb 2028 1:2:3', Date.UTC(2028, 1, 29, 1, 2, 3)],
    ['1 jan 69 00:00:00', Date.UTC(2069, 0, 1)],
    ['1 Jan 70 00:00:00', 0],
    ['1 Jan 1601 00:00:00', Date.UTC(1601, 0, 1)],
    ['01 DECember 2027 00:00:00 +0500', Date.UTC(2027, 11, 1)],
  ])('%s is read', (text, time) => {
    expect(parseCookieDate(text)).toBe(time);
  });
});
