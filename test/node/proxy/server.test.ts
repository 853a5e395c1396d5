import { describe, expect, test } from 'vitest';
import { getHeader } from '../../../src/request/headers.ts';
import { readProxy } from '../../../src/node/proxy/settings.ts';
import { refusal, readServer } from './settings.ts';

describe("a proxy's URL", () => {
  test.each<{
    option: string | URL;
    protocol: string;
    hostname: string;
    port: number;
    origin: string;
  }>([
    {
      option: 'http://proxy.example:3128',
      protocol: 'http:',
      hostname: 'proxy.example',
      port: 3128,
      origin: 'http://proxy.example:3128',
    },
    {
      option: 'http://proxy.example',
      protocol: 'http:',
      hostname: 'proxy.example',
      port: 80,
      origin: 'http://proxy.example:80',
    },
    {
      option: 'https://proxy.example/',
      protocol: 'https:',
      hostname: 'proxy.example',
      port: 443,
      origin: 'https://proxy.example:443',
    },
    {
      option: 'socks5://proxy.example',
      protocol: 'socks5:',
      hostname: 'proxy.example',
      port: 1080,
      origin: 'socks5://proxy.example:1080',
    },
    {
      option: 'socks5h://proxy.example',
      protocol: 'socks5h:',
      hostname: 'proxy.example',
      port: 1080,
      origin: 'socks5h://proxy.example:1080',
    },
    {
      option: 'socks://proxy.example',
      protocol: 'socks5h:',
      hostname: 'proxy.example',
      port: 1080,
      origin: 'socks5h://proxy.example:1080',
    },
    // The ports that mean nothing to the scheme are those of http: and https:.
    {
      option: 'socks5://proxy.example:80',
      protocol: 'socks5:',
      hostname: 'proxy.example',
      port: 80,
      origin: 'socks5://proxy.example:80',
    },
    {
      option: 'http://proxy.example:443',
      protocol: 'http:',
      hostname: 'proxy.example',
      port: 443,
      origin: 'http://proxy.example:443',
    },
    {
      option: 'proxy.local:3128',
      protocol: 'http:',
      hostname: 'proxy.local',
      port: 3128,
      origin: 'http://proxy.local:3128',
    },
    {
      option: 'localhost',
      protocol: 'http:',
      hostname: 'localhost',
      port: 80,
      origin: 'http://localhost:80',
    },
    {
      option: '127.0.0.1:8080',
      protocol: 'http:',
      hostname: '127.0.0.1',
      port: 8080,
      origin: 'http://127.0.0.1:8080',
    },
    {
      option: '[::1]:8080',
      protocol: 'http:',
      hostname: '::1',
      port: 8080,
      origin: 'http://[::1]:8080',
    },
    {
      option: '  http://proxy.example:3128\n',
      protocol: 'http:',
      hostname: 'proxy.example',
      port: 3128,
      origin: 'http://proxy.example:3128',
    },
    {
      option: 'HTTP://PROXY.Example:3128',
      protocol: 'http:',
      hostname: 'proxy.example',
      port: 3128,
      origin: 'http://proxy.example:3128',
    },
    {
      option: 'SOCKS5://PROXY.Example',
      protocol: 'socks5:',
      hostname: 'proxy.example',
      port: 1080,
      origin: 'socks5://proxy.example:1080',
    },
    {
      option: 'socks5://[0:0::1]:1',
      protocol: 'socks5:',
      hostname: '::1',
      port: 1,
      origin: 'socks5://[::1]:1',
    },
    {
      option: 'socks5://bücher.example',
      protocol: 'socks5:',
      hostname: 'xn--bcher-kva.example',
      port: 1080,
      origin: 'socks5://xn--bcher-kva.example:1080',
    },
    {
      option: 'socks5h://0x7f.1:1',
      protocol: 'socks5h:',
      hostname: '127.0.0.1',
      port: 1,
      origin: 'socks5h://127.0.0.1:1',
    },
    {
      option: new URL('https://proxy.example:8443'),
      protocol: 'https:',
      hostname: 'proxy.example',
      port: 8443,
      origin: 'https://proxy.example:8443',
    },
  ])('$option is $protocol $hostname $port', ({ option, protocol, hostname, port, origin }) => {
    const { username, password, headers, key, ...rest } = readServer(option);
    expect({ ...rest, origin: readServer(option).origin }).toEqual({
      protocol,
      hostname,
      port,
      origin,
    });
    expect({ username, password, headers, key }).toEqual({
      username: '',
      password: '',
      headers: [],
      key: origin,
    });
  });

  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  test.each<{ url: string; username: string; password: string; authorization: string | undefined }>(
    [
      {
        url: 'http://user:pass@p',
        username: 'user',
        password: 'pass',
        authorization: basic('user:pass'),
      },
      {
        url: 'user:pass@p:3128',
        username: 'user',
        password: 'pass',
        authorization: basic('user:pass'),
      },
      {
        url: 'https://user:pass@p',
        username: 'user',
        password: 'pass',
        authorization: basic('user:pass'),
      },
      { url: 'http://user@p', username: 'user', password: '', authorization: basic('user:') },
      { url: 'http://:pass@p', username: '', password: 'pass', authorization: basic(':pass') },
      { url: 'http://@p', username: '', password: '', authorization: undefined },
      {
        url: 'http://user:p%40s%3As%2F%23@p',
        username: 'user',
        password: 'p@s:s/#',
        authorization: basic('user:p@s:s/#'),
      },
      {
        url: 'http://user:p@ss:word@p',
        username: 'user',
        password: 'p@ss:word',
        authorization: basic('user:p@ss:word'),
      },
      {
        url: 'http://j%C3%BCrgen:p%c3%a4ss@p',
        username: 'jürgen',
        password: 'päss',
        authorization: basic('jürgen:päss'),
      },
      {
        url: 'http://jürgen:päss€@p',
        username: 'jürgen',
        password: 'päss€',
        authorization: basic('jürgen:päss€'),
      },
      {
        url: 'http://user:a+b%20c@p',
        username: 'user',
        password: 'a+b c',
        authorization: basic('user:a+b c'),
      },
      // A percent sign that begins nothing is itself, and what follows is decoded all the same.
      {
        url: 'http://user:100%@p',
        username: 'user',
        password: '100%',
        authorization: basic('user:100%'),
      },
      {
        url: 'http://user:%zz%4@p',
        username: 'user',
        password: '%zz%4',
        authorization: basic('user:%zz%4'),
      },
      {
        url: 'http://user:%%40%2@p',
        username: 'user',
        password: '%@%2',
        authorization: basic('user:%@%2'),
      },
      {
        url: 'http://user:%2540@p',
        username: 'user',
        password: '%40',
        authorization: basic('user:%40'),
      },
      {
        url: 'socks5://us%3Aer:pass@p',
        username: 'us:er',
        password: 'pass',
        authorization: undefined,
      },
      {
        url: 'socks5h://user:p%40ss@p',
        username: 'user',
        password: 'p@ss',
        authorization: undefined,
      },
    ],
  )(
    '$url has the credentials $username and $password',
    ({ url, username, password, authorization }) => {
      const given = readServer(url);
      expect({
        username: given.username,
        password: given.password,
        authorization: getHeader(given.headers, 'proxy-authorization'),
      }).toEqual({ username, password, authorization });
    },
  );

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

  test('P3: servers have one key only if scheme, host, port and credentials are equal', () => {
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
    expect(new Set(urls.map((url) => readServer(url).key)).size).toBe(urls.length);
    expect(readServer('http://p').key).toBe(readServer('P:80').key);
    expect(readServer('http://u:a@p:1').key).toBe(readServer({ all: 'u:a@p:1/' }).key);
  });
});
