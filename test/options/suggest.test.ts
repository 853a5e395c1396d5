import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/options/suggest.ts';
import { fastest } from '../support/fastest.ts';

const known = [
  'method',
  'headers',
  'searchParams',
  'json',
  'form',
  'body',
  'cookies',
  'auth',
  'timeout',
  'retry',
  'maxRedirects',
  'throwHttpErrors',
  'redirect',
  'credentials',
  'baseUrl',
  'transport',
  'tls',
  'proxy',
];

describe('nearest', () => {
  it.each([
    ['params', 'searchParams'],
    ['query', 'searchParams'],
    ['qs', 'searchParams'],
    ['search_params', 'searchParams'],
    ['data', 'form'],
    ['files', 'body'],
    ['baseURL', 'baseUrl'],
    ['prefixUrl', 'baseUrl'],
    ['prefix', 'baseUrl'],
    ['base-url', 'baseUrl'],
    ['followRedirect', 'redirect'],
    ['followRedirects', 'redirect'],
    ['follow', 'redirect'],
    ['allow_redirects', 'redirect'],
    ['retries', 'retry'],
    ['jar', 'cookies'],
    ['cookieJar', 'cookies'],
    ['agent', 'transport'],
    ['verify', 'tls'],
    ['proxies', 'proxy'],
    ['timeoutMs', 'timeout'],
    ['withCredentials', 'credentials'],
    ['validateStatus', 'throwHttpErrors'],
    ['max_redirects', 'maxRedirects'],
    ['header', 'headers'],
    ['tiemout', 'timeout'],
    ['METHOD', 'method'],
    ['jsn', 'json'],
    ['cookie', 'cookies'],
  ])('takes %s for %s', (name, option) => {
    expect(nearest(name, known)).toBe(option);
  });

  it.each([
    '',
    'x',
    'foo',
    'url',
    'abcdefgh',
    'constructor',
    'hasOwnProperty',
    'timeouts_of_all_kinds',
  ])('has no idea what %j means', (name) => {
    expect(nearest(name, known)).toBe(undefined);
  });

  it('spends no time on a very long name', () => {
    expect(fastest(() => nearest('x'.repeat(1e6), known))).toBeLessThan(50);
  });

  it('names only what is known', () => {
    expect(nearest('params', ['headers', 'form'])).toBe(undefined);
    expect(nearest('header', [])).toBe(undefined);
  });

  it('prefers the closer of two', () => {
    expect(nearest('hader', ['shade', 'header'])).toBe('header');
  });
});
