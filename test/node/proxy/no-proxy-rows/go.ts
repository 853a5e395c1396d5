import { below, ports, spelling, type Row } from './row.ts';

/** http/httpproxy/proxy_test.go of golang.org/x/net. */
export const ofGo: Row[] = [
  ['example.com', 'example.com', true],
  // Only the names below, in Go.
  ['.example.com', 'example.com', true],
  ['ample.com', 'example.com', false],
  ['example.com', 'foo.example.com', true],
  ['.foo.com', 'example.com', false],
  ['.示例.com', 'www.示例.com', true, spelling],
  ['xn--fsq092h.com', 'www.示例.com', true],
  ['示例.com', 'www.xn--fsq092h.com', true, spelling],
  [':1', 'example.com', false],
  ...[
    [
      'foobar.com, .barbaz.net, *.wildcard.io',
      '192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, 10.0.0.0/30',
      '2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64',
    ].join(', '),
  ].flatMap((list): Row[] => [
    // Never through a proxy, in Go.
    [list, 'localhost', false],
    [list, '127.0.0.1', false],
    [list, '127.0.0.2', false],
    [list, '[::1]', false],
    [list, '[::2]', false],
    [list, '192.168.1.1', true],
    [list, '192.168.1.2', false],
    [list, '192.168.1.3', true, ports],
    [list, '192.168.1.4', false],
    [list, '10.0.0.2', true],
    [list, '[2001:db8::52:0:1]', true],
    [list, '[2001:db8::52:0:2]', false],
    [list, '[2001:db8::52:0:3]', true, ports],
    [list, '[2002:db8:a::123]', true],
    [list, '[fe80::424b:c8be:1643:a1b6]', false],
    // Only the names below, in Go.
    [list, 'barbaz.net', true],
    [list, 'www.barbaz.net', true],
    [list, 'foobar.com', true],
    [list, 'www.foobar.com', true],
    [list, 'foofoobar.com', false],
    [list, 'baz.com', false],
    [list, 'localhost.net', false],
    [list, 'local.localhost', false],
    [list, 'barbarbaz.net', false],
    [list, 'wildcard.io', false],
    [list, 'nested.wildcard.io', true, below],
    [list, 'awildcard.io', false],
  ]),
  ...[
    'localhost',
    '127.0.0.1',
    '[::1]',
    '[::2]',
    '192.168.1.1',
    '[2001:db8::52:0:1]',
    'barbaz.net',
    'www.barbaz.net',
  ].map((host): Row => ['*', host, true]),
];
