import { inspect } from 'node:util';
import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/node/proxy/environment.ts';
import type { ProxyServer } from '../../src/node/proxy/server.ts';
import { type ProxySettings, readProxy } from '../../src/node/proxy/settings.ts';
import type { ProxyOption } from '../../src/types/connection.ts';
import { printed } from '../support/printed.ts';

const canary = 'cAnArY';

const environmentProxy = (env: NodeJS.ProcessEnv): ProxySettings | undefined =>
  readEnvironment(env)?.proxy;

function settings(option: ProxyOption): ProxySettings {
  const read = readProxy(option, 'proxy');
  if (!read) throw new Error('no proxy');
  return read;
}

function choose(from: ProxySettings | undefined, url: string): ProxyServer | undefined {
  return from?.choose(new URL(url));
}

function server(option: ProxyOption, url = 'http://a.example/'): ProxyServer {
  const chosen = choose(settings(option), url);
  if (!chosen) throw new Error('no proxy');
  return chosen;
}

function refusal(read: () => unknown): InvalidRequestError {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidRequestError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe("a proxy's URL", () => {
  test.each<[string | URL, string, string, number, string]>([
    ['http://proxy.example:3128', 'http:', 'proxy.example', 3128, 'http://proxy.example:3128'],
    ['http://proxy.example', 'http:', 'proxy.example', 80, 'http://proxy.example:80'],
    ['https://proxy.example/', 'https:', 'proxy.example', 443, 'https://proxy.example:443'],
    ['socks5://proxy.example', 'socks5:', 'proxy.example', 1080, 'socks5://proxy.example:1080'],
    ['socks5h://proxy.example', 'socks5h:', 'proxy.example', 1080, 'socks5h://proxy.example:1080'],
    ['socks://proxy.example', 'socks5h:', 'proxy.example', 1080, 'socks5h://proxy.example:1080'],
    // The ports that mean nothing to the scheme are those of http: and https:.
    ['socks5://proxy.example:80', 'socks5:', 'proxy.example', 80, 'socks5://proxy.example:80'],
    ['http://proxy.example:443', 'http:', 'proxy.example', 443, 'http://proxy.example:443'],
    ['proxy.local:3128', 'http:', 'proxy.local', 3128, 'http://proxy.local:3128'],
    ['localhost', 'http:', 'localhost', 80, 'http://localhost:80'],
    ['127.0.0.1:8080', 'http:', '127.0.0.1', 8080, 'http://127.0.0.1:8080'],
    ['[::1]:8080', 'http:', '::1', 8080, 'http://[::1]:8080'],
    ['  http://proxy.example:3128\n', 'http:', 'proxy.example', 3128, 'http://proxy.example:3128'],
    ['HTTP://PROXY.Example:3128', 'http:', 'proxy.example', 3128, 'http://proxy.example:3128'],
    ['SOCKS5://PROXY.Example', 'socks5:', 'proxy.example', 1080, 'socks5://proxy.example:1080'],
    ['socks5://[0:0::1]:1', 'socks5:', '::1', 1, 'socks5://[::1]:1'],
    [
      'socks5://bücher.example',
      'socks5:',
      'xn--bcher-kva.example',
      1080,
      'socks5://xn--bcher-kva.example:1080',
    ],
    ['socks5h://0x7f.1:1', 'socks5h:', '127.0.0.1', 1, 'socks5h://127.0.0.1:1'],
    [
      new URL('https://proxy.example:8443'),
      'https:',
      'proxy.example',
      8443,
      'https://proxy.example:8443',
    ],
  ])('%s is %s %s %i', (option, protocol, hostname, port, origin) => {
    const { username, password, authorization, key, ...rest } = server(option);
    expect({ ...rest, origin: server(option).origin }).toEqual({
      protocol,
      hostname,
      port,
      origin,
    });
    expect({ username, password, authorization, key }).toEqual({
      username: '',
      password: '',
      authorization: undefined,
      key: origin,
    });
  });

  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  test.each<[string, string, string, string | undefined]>([
    ['http://user:pass@p', 'user', 'pass', basic('user:pass')],
    ['user:pass@p:3128', 'user', 'pass', basic('user:pass')],
    ['https://user:pass@p', 'user', 'pass', basic('user:pass')],
    ['http://user@p', 'user', '', basic('user:')],
    ['http://:pass@p', '', 'pass', basic(':pass')],
    ['http://@p', '', '', undefined],
    ['http://user:p%40s%3As%2F%23@p', 'user', 'p@s:s/#', basic('user:p@s:s/#')],
    ['http://user:p@ss:word@p', 'user', 'p@ss:word', basic('user:p@ss:word')],
    ['http://j%C3%BCrgen:p%c3%a4ss@p', 'jürgen', 'päss', basic('jürgen:päss')],
    ['http://jürgen:päss€@p', 'jürgen', 'päss€', basic('jürgen:päss€')],
    ['http://user:a+b%20c@p', 'user', 'a+b c', basic('user:a+b c')],
    // A percent sign that begins nothing is itself, and what follows is decoded all the same.
    ['http://user:100%@p', 'user', '100%', basic('user:100%')],
    ['http://user:%zz%4@p', 'user', '%zz%4', basic('user:%zz%4')],
    ['http://user:%%40%2@p', 'user', '%@%2', basic('user:%@%2')],
    ['http://user:%2540@p', 'user', '%40', basic('user:%40')],
    ['socks5://us%3Aer:pass@p', 'us:er', 'pass', undefined],
    ['socks5h://user:p%40ss@p', 'user', 'p@ss', undefined],
  ])('%s has the credentials %j and %j', (url, username, password, authorization) => {
    const given = server(url);
    expect({
      username: given.username,
      password: given.password,
      authorization: given.authorization,
    }).toEqual({ username, password, authorization });
  });

  test.each<[unknown, RegExp]>([
    ['', /no host/],
    ['   ', /no host/],
    ['http://', /no host/],
    ['http://:3128', /no host/],
    ['socks5://', /no host/],
    ['socks5:///path', /no host/],
    ['http://proxy.example:99999', /bad port/],
    ['http://proxy.example:3128x', /bad port/],
    ['http://pro xy', /percent-encoded/],
    ['socks5://ex%2fample', /no name and no address/],
    ['ftp://proxy.example', /http:, https:, socks5: or socks5h:/],
    ['socks4://proxy.example', /http:, https:, socks5: or socks5h:/],
    ['file:///etc/passwd', /http:, https:, socks5: or socks5h:/],
    ['ws://proxy.example', /http:, https:, socks5: or socks5h:/],
    // A colon without slashes after it is one of a port.
    ['socks5:proxy.example:1080', /bad port/],
    ['javascript:alert(1)', /bad port/],
    ['http://proxy.example/proxy.pac', /path/],
    ['http://proxy.example?a', /query/],
    ['http://proxy.example#a', /fragment/],
    ['socks5://proxy.example/a', /path/],
    ['http://us%3Aer:pass@p', /colon in the user name/],
    ['http://user:p%0D%0Aass@p', /control characters/],
    ['http://user:p%E4ss@p', /UTF-8/],
    ['socks5://user:%ff@p', /UTF-8/],
  ])('%j is refused', (value, reason) => {
    const { message } = refusal(() => readProxy(value, 'proxy'));
    expect(message).toMatch(
      /^proxy must be the URL of a proxy, such as "http:\/\/user:password@proxy\.example:3128": /,
    );
    expect(message).toMatch(reason);
    expect(refusal(() => readProxy({ https: value }, 'proxy')).message).toMatch(
      /^proxy\.https must be/,
    );
  });

  test('P3: two servers have one key only where scheme, host, port and credentials are the same', () => {
    const urls = [
      'http://p:1',
      'https://p:1',
      'socks5://p:1',
      'socks5h://p:1',
      'http://p:2',
      'http://q:1',
      'http://u@p:1',
      'http://v@p:1',
      'http://u:a@p:1',
      'http://u:b@p:1',
      'http://:a@p:1',
      'http://u:a%40p@p:1',
      'socks5://u%3Aa@p:1',
      'socks5://u:a@p:1',
    ];
    expect(new Set(urls.map((url) => server(url).key)).size).toBe(urls.length);
    expect(server('http://p').key).toBe(server('P:80').key);
    expect(server('http://u:a@p:1').key).toBe(server({ all: 'u:a@p:1/' }).key);
  });
});

describe('the proxy option', () => {
  test('each scheme has its own proxy, or else that for all', () => {
    const both = settings({ http: 'http://h', all: 'socks5://a' });
    expect(choose(both, 'http://x/')?.origin).toBe('http://h:80');
    expect(choose(both, 'https://x/')?.origin).toBe('socks5://a:1080');
    const secure = settings({ https: 'http://s' });
    expect(choose(secure, 'http://x/')).toBeUndefined();
    expect(choose(secure, 'https://x/')?.origin).toBe('http://s:80');
    for (const url of ['http://x/', 'https://x/'])
      expect(choose(settings('http://one'), url)?.origin).toBe('http://one:80');
  });

  test('noProxy holds for each of them, with the port that a URL has by default', () => {
    const some = settings({
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
    expect(direct.filter((url) => choose(some, url))).toEqual([]);
    expect(proxied.filter((url) => !choose(some, url))).toEqual([]);
    expect(
      choose(settings({ all: 'http://p', noProxy: '*' }), 'http://d.example/'),
    ).toBeUndefined();
  });

  test('the same server is chosen each time', () => {
    const some = settings({ all: 'http://p' });
    expect(choose(some, 'http://a/')).toBe(choose(some, 'https://b/'));
  });

  test('false is none, and so is an object whose proxies are all undefined', () => {
    expect(readProxy(false, 'proxy')).toBe(false);
    expect(readProxy({ http: undefined, noProxy: 'a' }, 'proxy')).toBe(false);
  });

  test('it is frozen, has only what was set, and is an equal option when it is spread', () => {
    const some = settings({ http: 'user:p%40ss@H', noProxy: 'a,b' });
    expect(Object.isFrozen(some)).toBe(true);
    expect(Object.isFrozen(some.noProxy)).toBe(true);
    expect({ ...some }).toEqual({ http: 'http://user:p%40ss@h:80', noProxy: ['a', 'b'] });
    expect(Object.keys(settings('http://p'))).toEqual(['all']);
    for (const option of [some, { ...some }]) {
      const again = settings(option);
      expect({ ...again }).toEqual({ ...some });
      expect(choose(again, 'http://x/')?.key).toBe(choose(some, 'http://x/')?.key);
      expect(choose(again, 'http://a/')).toBeUndefined();
    }
  });

  test("the caller's list is read once and left alone", () => {
    const noProxy = ['a'];
    const some = settings({ all: 'http://p', noProxy });
    noProxy.push('b');
    expect(some.noProxy).toEqual(['a']);
    expect(choose(some, 'http://b/')).toBeDefined();
  });

  test.each<[unknown, string]>([
    [1, 'proxy must be a URL, false, or an object with http, https, all and noProxy'],
    [true, 'proxy must be a URL, false, or an object with http, https, all and noProxy'],
    [null, 'proxy must be a URL, false, or an object with http, https, all and noProxy'],
    [undefined, 'proxy must be a URL, false, or an object with http, https, all and noProxy'],
    [['http://p'], 'proxy options must be an object'],
    [
      () => 'http://p',
      'proxy must be a URL, false, or an object with http, https, all and noProxy',
    ],
    [{}, 'proxy names no proxy: it must have http, https or all, or be false'],
    [
      new Map([['all', 'http://p']]),
      'proxy names no proxy: it must have http, https or all, or be false',
    ],
    [{ noProxy: 'a' }, 'proxy names no proxy: it must have http, https or all, or be false'],
    [{ all: 'http://p', no_proxy: 'a' }, 'no_proxy is not a proxy option: did you mean noProxy?'],
    [{ HTTPS: 'http://p' }, 'HTTPS is not a proxy option: did you mean https?'],
    [{ host: 'p', port: 3128 }, 'host is not a proxy option'],
    [{ all: 'http://p', noProxy: 1 }, 'proxy.noProxy must be a string or an array of strings'],
    [
      { all: 'http://p', noProxy: ['a', null] },
      'proxy.noProxy must be a string or an array of strings',
    ],
    [
      { http: null },
      'proxy.http must be the URL of a proxy, such as "http://user:password@proxy.example:3128": it is no string',
    ],
    [
      { http: false },
      'proxy.http must be the URL of a proxy, such as "http://user:password@proxy.example:3128": it is no string',
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
      const some = settings({ https: 'http://good', noProxy: 'a' });
      expect({ ...some }).toEqual({ https: 'http://good:80', noProxy: ['a'] });
      expect(choose(some, 'http://x/')).toBeUndefined();
      expect(choose(some, 'https://x/')?.key).toBe('http://good:80');
      expect(choose(settings('http://good'), 'https://x/')?.key).toBe('http://good:80');
      expect(environmentProxy({})).toBeUndefined();
      expect(environmentProxy(process.env)?.http).not.toBe('http://evil:80');
      const fromEnv = environmentProxy({ HTTP_PROXY: 'http://good' });
      expect({ ...fromEnv }).toEqual({ http: 'http://good:80' });
      expect(choose(fromEnv, 'https://x/')).toBeUndefined();
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
    ).toBe('__proto__ is not a proxy option');
    expect(refusal(() => readProxy({ all: 'http://p', constructor: 1 }, 'proxy')).message).toBe(
      'constructor is not a proxy option',
    );
  });
});

describe('L1: nothing printed shows credentials', () => {
  const option = {
    http: `http://${canary}User:${canary}Pass@p`,
    https: `socks5://:${canary}Pass@p`,
    all: `${canary}User@p`,
    noProxy: `a,http://${canary}User:${canary}Pass@b`,
  };

  test('of the settings', () => {
    const text = printed(settings(option));
    expect(text).not.toContain(canary);
    expect(text).toContain('ProxySettings');
    expect(text).toContain('http://[redacted]@p:80');
    expect(JSON.parse(JSON.stringify(settings(option)))).toEqual({
      http: 'http://[redacted]@p:80',
      https: 'socks5://[redacted]@p:1080',
      all: 'http://[redacted]@p:80',
      noProxy: ['a', 'http://[redacted]@b'],
    });
  });

  test('of a server, a copy of it or its origin', () => {
    for (const url of ['http://x/', 'https://x/']) {
      const one = server(option, url);
      for (const value of [one, { ...one }, structuredClone(one)])
        expect(printed(value)).not.toContain(canary);
      expect(inspect(one, { customInspect: false })).not.toContain(canary);
      expect(one.origin).not.toContain(canary);
      expect(printed(one)).toContain('[redacted]@p:');
    }
    expect(inspect(server('http://p'))).toBe("ProxyServer { url: 'http://p:80' }");
  });

  test.each([
    `http://${canary}:${canary}@p:99999`,
    `http://u:${canary}#${canary}@p`,
    `http://u:${canary}/${canary}@p`,
    `http://u:12#${canary}@p`,
    `http://u:12/${canary}@p`,
    `http://u:12?${canary}@p`,
    `http://u:12\\${canary}@p`,
    `ftp://u:${canary}@p`,
    `${canary}://p`,
    `u:${canary}`,
    `http://u:${canary}`,
    `http://u:${canary}@`,
    `http://${canary}:%ff@p`,
    `http://${canary}%3A:${canary}@p`,
    `http://u:${canary}%00@p`,
    `socks5://u:${canary}@a%2fb`,
    new URL(`ftp://u:${canary}@p`),
  ])('of an error about %s', (value) => {
    expect(printed(refusal(() => readProxy(value, 'proxy')))).not.toContain(canary);
    expect(printed(refusal(() => environmentProxy({ HTTPS_PROXY: String(value) })))).not.toContain(
      canary,
    );
  });
});

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

  test('X2: where names have no letter case, as on Windows, the forged one is not read as the lower-case one', () => {
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
    expect(choose(some, 'http://x/')?.origin).toBe('http://h:80');
    expect(choose(some, 'https://x/')).toBeUndefined();
    expect(
      choose(environmentProxy({ HTTP_PROXY: 'h', ALL_PROXY: 'a' }), 'https://x/')?.origin,
    ).toBe('http://a:80');
  });

  test('NO_PROXY holds', () => {
    const some = environmentProxy({ HTTP_PROXY: 'h', NO_PROXY: 'localhost,.internal' });
    expect(choose(some, 'http://127.0.0.1:8080/')).toBeUndefined();
    expect(choose(some, 'http://db.internal/')).toBeUndefined();
    expect(choose(some, 'http://example.com/')).toBeDefined();
  });

  test('an error names the variable in the spelling that is set', () => {
    expect(refusal(() => environmentProxy({ HTTPS_PROXY: 'ftp://p' })).message).toMatch(
      /^HTTPS_PROXY in the environment must be the URL of a proxy, .*: its scheme must be/,
    );
    expect(
      refusal(() => environmentProxy({ HTTPS_PROXY: 'p', https_proxy: 'http://' })).message,
    ).toMatch(/^https_proxy in the environment must be/);
  });
});
