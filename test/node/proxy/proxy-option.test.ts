import { describe, expect, test } from 'vitest';
import { readProxy } from '../../../src/node/proxy/settings.ts';
import { chooseProxy, environmentProxy, refusal, readSettings } from './settings.ts';

describe('the proxy option', () => {
  test('each scheme has its own proxy, or else that for all', () => {
    const both = readSettings({ http: 'http://h', all: 'socks5://a' });
    expect(chooseProxy(both, 'http://x/')?.origin).toBe('http://h:80');
    expect(chooseProxy(both, 'https://x/')?.origin).toBe('socks5://a:1080');
    const secure = readSettings({ https: 'http://s' });
    expect(chooseProxy(secure, 'http://x/')).toBeUndefined();
    expect(chooseProxy(secure, 'https://x/')?.origin).toBe('http://s:80');
    for (const url of ['http://x/', 'https://x/'])
      expect(chooseProxy(readSettings('http://one'), url)?.origin).toBe('http://one:80');
  });

  test('noProxy holds for each of them, with the port that a URL has by default', () => {
    const some = readSettings({
      all: 'http://p',
      noProxy: ['a.example, b.example:443', 'c.example:80'],
    });
    const direct = [
      'http://a.example/',
      'https://x.a.example:8443/',
      'https://b.example/',
      'http://b.example:443/',
      'http://c.example/',
    ];
    const proxied = [
      'http://b.example/',
      'https://c.example/',
      'https://b.example:8443/',
      'http://d.example/',
    ];
    expect(direct.filter((url) => chooseProxy(some, url))).toEqual([]);
    expect(proxied.filter((url) => !chooseProxy(some, url))).toEqual([]);
    expect(
      chooseProxy(readSettings({ all: 'http://p', noProxy: '*' }), 'http://d.example/'),
    ).toBeUndefined();
  });

  test('the same server is chosen each time', () => {
    const some = readSettings({ all: 'http://p' });
    expect(chooseProxy(some, 'http://a/')).toBe(chooseProxy(some, 'https://b/'));
  });

  test('false is none, and so is an object whose proxies are all undefined', () => {
    expect(readProxy(false, 'proxy')).toBe(false);
    expect(readProxy({ http: undefined, noProxy: 'a' }, 'proxy')).toBe(false);
  });

  test('it is frozen, has only what was set, and is an equal option when it is spread', () => {
    const some = readSettings({ http: 'user:p%40ss@H', noProxy: 'a,b' });
    expect(Object.isFrozen(some)).toBe(true);
    expect(Object.isFrozen(some.noProxy)).toBe(true);
    expect({ ...some }).toEqual({ http: 'http://user:p%40ss@h:80', noProxy: ['a', 'b'] });
    expect(Object.keys(readSettings('http://p'))).toEqual(['all']);
    for (const option of [some, { ...some }]) {
      const again = readSettings(option);
      expect({ ...again }).toEqual({ ...some });
      expect(chooseProxy(again, 'http://x/')?.key).toBe(chooseProxy(some, 'http://x/')?.key);
      expect(chooseProxy(again, 'http://a/')).toBeUndefined();
    }
  });

  test("the caller's list is read once and left alone", () => {
    const noProxy = ['a'];
    const some = readSettings({ all: 'http://p', noProxy });
    noProxy.push('b');
    expect(some.noProxy).toEqual(['a']);
    expect(chooseProxy(some, 'http://b/')).toBeDefined();
  });

  test.each<[unknown, string]>([
    [1, 'proxy must be a URL, false, or an object with http, https, all, noProxy and headers'],
    [true, 'proxy must be a URL, false, or an object with http, https, all, noProxy and headers'],
    [null, 'proxy must be a URL, false, or an object with http, https, all, noProxy and headers'],
    [
      undefined,
      'proxy must be a URL, false, or an object with http, https, all, noProxy and headers',
    ],
    [['http://p'], 'proxy options must be an object'],
    [
      () => 'http://p',
      'proxy must be a URL, false, or an object with http, https, all, noProxy and headers',
    ],
    [{}, 'proxy names no proxy: it must have http, https or all, or be false'],
    [
      new Map([['all', 'http://p']]),
      'proxy names no proxy: it must have http, https or all, or be false',
    ],
    [{ noProxy: 'a' }, 'proxy names no proxy: it must have http, https or all, or be false'],
    [{ all: 'http://p', no_proxy: 'a' }, 'no_proxy is no proxy option: did you mean noProxy?'],
    [{ HTTPS: 'http://p' }, 'HTTPS is no proxy option: did you mean https?'],
    [{ host: 'p', port: 3128 }, 'host is no proxy option'],
    [{ all: 'http://p', noProxy: 1 }, 'proxy.noProxy must be a string or an array of strings'],
    [
      { all: 'http://p', noProxy: ['a', null] },
      'proxy.noProxy must be a string or an array of strings',
    ],
    [
      { http: null },
      'proxy.http must be the URL of a proxy, such as ' +
        '"http://user:password@proxy.example:3128": it is no string',
    ],
    [
      { http: false },
      'proxy.http must be the URL of a proxy, such as ' +
        '"http://user:password@proxy.example:3128": it is no string',
    ],
  ])('%j is refused', (value, message) => {
    expect(refusal(() => readProxy(value, 'proxy')).message).toBe(message);
  });

  test('M1: what Object.prototype is polluted with changes nothing', () => {
    const evil: Record<string, unknown> = {
      http: 'http://evil',
      https: 'http://evil',
      all: 'http://evil',
      noProxy: '*',
      http_proxy: 'http://evil',
      HTTPS_PROXY: 'http://evil',
      all_proxy: 'http://evil',
      no_proxy: '*',
      REQUEST_METHOD: 'GET',
      username: 'evil',
      password: 'evil',
      hostname: 'evil',
      port: 1,
      'ftp:': 21,
    };
    const polluted = Object.prototype as Record<string, unknown>;
    try {
      for (const name in evil)
        Object.defineProperty(polluted, name, {
          value: evil[name],
          writable: true,
          configurable: true,
          enumerable: true,
        });
      const some = readSettings({ https: 'http://good', noProxy: 'a' });
      expect({ ...some }).toEqual({ https: 'http://good:80', noProxy: ['a'] });
      expect(chooseProxy(some, 'http://x/')).toBeUndefined();
      expect(chooseProxy(some, 'https://x/')?.key).toBe('http://good:80');
      expect(chooseProxy(readSettings('http://good'), 'https://x/')?.key).toBe('http://good:80');
      expect(environmentProxy({})).toBeUndefined();
      expect(environmentProxy(process.env)?.http).not.toBe('http://evil:80');
      const fromEnv = environmentProxy({ HTTP_PROXY: 'http://good' });
      expect({ ...fromEnv }).toEqual({ http: 'http://good:80' });
      expect(chooseProxy(fromEnv, 'https://x/')).toBeUndefined();
      expect(refusal(() => readProxy({}, 'proxy')).message).toContain('names no proxy');
      expect(refusal(() => readProxy('ftp://p', 'proxy')).message).toContain('its scheme must be');
    } finally {
      for (const name in evil) Reflect.deleteProperty(polluted, name);
    }
  });

  test('M1: a key that would change a prototype is an unknown one', () => {
    expect(
      refusal(() =>
        readProxy(JSON.parse('{"all":"http://p","__proto__":{"noProxy":"*"}}'), 'proxy'),
      ).message,
    ).toBe('__proto__ is no proxy option');
    expect(refusal(() => readProxy({ all: 'http://p', constructor: 1 }, 'proxy')).message).toBe(
      'constructor is no proxy option',
    );
  });
});
