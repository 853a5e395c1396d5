import { describe, expect, test } from 'vitest';
import { chooseProxy, environmentProxy, refusal } from './settings.ts';

describe('the environment', () => {
  test('without a proxy in it there are no settings', () => {
    for (const env of [
      {},
      { NO_PROXY: 'a' },
      { HTTP_PROXY: '', http_proxy: ' ', ALL_PROXY: undefined },
    ])
      expect(environmentProxy(env)).toBeUndefined();
  });

  test.each<[NodeJS.ProcessEnv, object]>([
    [{ HTTP_PROXY: 'h' }, { http: 'http://h:80' }],
    [{ http_proxy: 'h' }, { http: 'http://h:80' }],
    [{ HTTPS_PROXY: 's' }, { https: 'http://s:80' }],
    [{ https_proxy: 's' }, { https: 'http://s:80' }],
    [{ ALL_PROXY: 'socks5://a' }, { all: 'socks5://a:1080' }],
    [{ all_proxy: 'socks5://a' }, { all: 'socks5://a:1080' }],
    [
      {
        HTTP_PROXY: 'H',
        http_proxy: 'h',
        HTTPS_PROXY: 'S',
        https_proxy: 's',
        ALL_PROXY: 'A',
        all_proxy: 'a',
        NO_PROXY: 'N',
        no_proxy: 'n',
      },
      { http: 'http://h:80', https: 'http://s:80', all: 'http://a:80', noProxy: ['n'] },
    ],
    [
      { HTTP_PROXY: 'upper', http_proxy: '', NO_PROXY: 'x', no_proxy: '' },
      { http: 'http://upper:80', noProxy: ['x'] },
    ],
    [
      { HTTP_PROXY: 'http://u:p%40@h:3128/', NO_PROXY: 'localhost, 10.0.0.0/8' },
      { http: 'http://u:p%40@h:3128', noProxy: ['localhost', '10.0.0.0/8'] },
    ],
    // What desktops set.
    [{ all_proxy: 'socks://127.0.0.1:1080/' }, { all: 'socks5h://127.0.0.1:1080' }],
    [{ Http_Proxy: 'h', HTTPS_PROXY: 's', FTP_PROXY: 'f' }, { https: 'http://s:80' }],
    // X2: under CGI the upper-case one is the client's header.
    [
      { REQUEST_METHOD: 'GET', HTTP_PROXY: 'evil', HTTPS_PROXY: 's', ALL_PROXY: 'a' },
      { https: 'http://s:80', all: 'http://a:80' },
    ],
    [{ REQUEST_METHOD: 'GET', HTTP_PROXY: 'evil', http_proxy: 'h' }, { http: 'http://h:80' }],
    [
      { REQUEST_METHOD: 'GET', HTTP_PROXY: 'evil', http_proxy: '', ALL_PROXY: 'a' },
      { all: 'http://a:80' },
    ],
    [{ REQUEST_METHOD: '', HTTP_PROXY: 'h' }, { http: 'http://h:80' }],
  ])('X2: %j gives %j', (env, expected) => {
    expect({ ...environmentProxy(env) }).toEqual(expected);
  });

  test('X2: under CGI alone, HTTP_PROXY gives nothing', () => {
    expect(environmentProxy({ REQUEST_METHOD: 'GET', HTTP_PROXY: 'http://evil' })).toBeUndefined();
    // Not even what would be refused.
    expect(environmentProxy({ REQUEST_METHOD: 'GET', HTTP_PROXY: 'ftp://evil' })).toBeUndefined();
  });

  test('X2: where names have no letter case, as on Windows, the forged one is not read', () => {
    const find = (target: object, name: string | symbol) =>
      Object.keys(target).find((key) => key.toLowerCase() === String(name).toLowerCase()) ?? name;
    const windows = (env: NodeJS.ProcessEnv) =>
      new Proxy(env, {
        get: (target, name) => Reflect.get(target, find(target, name)) as unknown,
        has: (target, name) => Reflect.has(target, find(target, name)),
        getOwnPropertyDescriptor: (target, name) =>
          Reflect.getOwnPropertyDescriptor(target, find(target, name)),
      });
    expect({ ...environmentProxy(windows({ HTTP_PROXY: 'h' })) }).toEqual({ http: 'http://h:80' });
    expect(
      environmentProxy(windows({ HTTP_PROXY: 'evil', REQUEST_METHOD: 'GET' })),
    ).toBeUndefined();
    expect({ ...environmentProxy(windows({ http_proxy: 'h', REQUEST_METHOD: 'GET' })) }).toEqual({
      http: 'http://h:80',
    });
  });

  test('HTTP_PROXY is for http: alone, ALL_PROXY for what has none', () => {
    const some = environmentProxy({ HTTP_PROXY: 'h' });
    expect(chooseProxy(some, 'http://x/')?.origin).toBe('http://h:80');
    expect(chooseProxy(some, 'https://x/')).toBeUndefined();
    expect(
      chooseProxy(environmentProxy({ HTTP_PROXY: 'h', ALL_PROXY: 'a' }), 'https://x/')?.origin,
    ).toBe('http://a:80');
  });

  test('NO_PROXY holds', () => {
    const some = environmentProxy({ HTTP_PROXY: 'h', NO_PROXY: 'localhost,.internal' });
    expect(chooseProxy(some, 'http://127.0.0.1:8080/')).toBeUndefined();
    expect(chooseProxy(some, 'http://db.internal/')).toBeUndefined();
    expect(chooseProxy(some, 'http://example.com/')).toBeDefined();
  });

  test('an error names the variable in the spelling that is set', () => {
    const choose = (env: NodeJS.ProcessEnv) => () =>
      chooseProxy(environmentProxy(env), 'https://a.example/');
    expect(refusal(choose({ HTTPS_PROXY: 'ftp://p' })).message).toMatch(
      /^HTTPS_PROXY in the environment must be the URL of a proxy, .*: its scheme must be/,
    );
    expect(refusal(choose({ HTTPS_PROXY: 'p', https_proxy: 'http://' })).message).toMatch(
      /^https_proxy in the environment must be/,
    );
  });

  test('X5: a broken variable fails the calls that it is for, each by an error of its own', () => {
    const some = environmentProxy({ ALL_PROXY: 'socks4a://x:1', HTTP_PROXY: 'h', NO_PROXY: 'in' });
    expect(chooseProxy(some, 'http://example.com/')?.origin).toBe('http://h:80');
    expect(chooseProxy(some, 'https://in/')).toBeUndefined();
    const choose = () => chooseProxy(some, 'https://example.com/');
    expect(refusal(choose).message).toMatch(/^ALL_PROXY in the environment must be .*scheme/);
    expect(refusal(choose)).not.toBe(refusal(choose));
    expect({ ...some }).toEqual({ http: 'http://h:80', noProxy: ['in'] });
  });
});
