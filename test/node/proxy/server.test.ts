import { describe, expect, test } from 'vitest';
import { readProxy } from '../../../src/node/proxy/settings.ts';
import { refusal, server } from './settings.ts';

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
    expect(new Set(urls.map((url) => server(url).key)).size).toBe(urls.length);
    expect(server('http://p').key).toBe(server('P:80').key);
    expect(server('http://u:a@p:1').key).toBe(server({ all: 'u:a@p:1/' }).key);
  });
});
