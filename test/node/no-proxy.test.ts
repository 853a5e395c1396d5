import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNoProxy, splitNoProxy } from '../../src/node/proxy/no-proxy.ts';

/**
 * The list, the host of the target with its port if it has one, whether it goes direct; where curl
 * says the opposite, why we do not.
 */
type Row = [list: string, host: string, isDirect: boolean, notAsCurl?: string];

const long = '127.0.0.1.'.repeat(13);
const blanks = 'a list that is divided by white space is meant as a list, as in axios and undici';
const ports = 'curl takes the port for a part of the name; requests, Go and axios know it';
const loopback = 'this machine has one name (X1)';
const spelling = 'an entry means the host that it means in a URL, as in axios';
const brackets = 'curl knows no brackets; Go and axios do';
const mapped = 'both addresses are one host, as in axios';
const zero = 'no bits are every address, as in Go and axios; in curl they are all bits';
const star =
  'an asterisk is one entry among others, as in Go and axios; in curl it must be the only one';
const below = 'curl knows no asterisk in a name; Go and axios do';

/** tests/unit/unit1614.c: its hosts and lists, and its address/network/bits. */
const ofCurl: Row[] = [
  ['localhost .example.com .example.de', 'www.example.com', true, blanks],
  ['localhost,.example.com,.example.de', 'www.example.com', true],
  ['localhost,.example.com,.example.de', 'www.example.com.', true],
  ['localhost,.example.com,.example.de', 'example.com', true],
  ['localhost,.example.com,.example.de', 'example.com.', true],
  ['localhost,.example.com.,.example.de', 'www.example.com', true],
  ['localhost,www.example.com.,.example.de', 'www.example.com', true],
  ['localhost,example.com,.example.de', 'example.com', true],
  ['localhost,example.com,.example.de', 'example.com.', true],
  ['localhost,example.com,.example.de', 'nexample.com', false],
  ['localhost,example.com,.example.de', 'www.example.com', true],
  ['127.0.0.1,localhost', '127.0.0.1', true],
  ['127.0.0.1,localhost,', '127.0.0.1', true],
  ['127.0.0.1/8,localhost,', '127.0.0.1', true],
  ['127.0.0.1/28,localhost,', '127.0.0.1', true],
  ['127.0.0.1/31,localhost,', '127.0.0.1', true],
  ['localhost,127.0.0.1', '127.0.0.1', true],
  [`localhost,${long.slice(0, 128)}`, '127.0.0.1', true, loopback],
  [`localhost,${long.slice(0, 127)}`, '127.0.0.1', true, loopback],
  // The same without the name that is another name of this address for us.
  [long.slice(0, 128), '127.0.0.1', false],
  [long.slice(0, 127), '127.0.0.1', false],
  ['localhost,127.0.0.1', 'localhost', true],
  ['127.0.0.1,localhost', 'localhost', true],
  ['barfoo', 'foobar', false],
  ['foobar', 'foobar', true],
  ['foobar', '192.168.0.1', false],
  ['192.168.0.0/16', '192.168.0.1', true],
  ['192.168.0.0/16a', '192.168.0.1', false],
  ['192.168.0.0/16 ', '192.168.0.1', true],
  ['192.168.0.0/a16', '192.168.0.1', false],
  ['192.168.0.0/ 16', '192.168.0.1', false],
  ['192.168.0.0/24', '192.168.0.1', true],
  ['192.168.0.0/32', '192.168.0.1', false],
  ['192.168.0.1/32', '192.168.0.1', true],
  ['192.168.0.1/33', '192.168.0.1', false],
  ['192.168.0.0', '192.168.0.1', false],
  ['192.168.0.0/24', '192.168.1.1', false],
  ['192.168.0.0/33', '192.168.1.1', false],
  ['foo, bar, 192.168.0.0/24', '192.168.1.1', false],
  ['foo, bar, 192.168.0.0/16', '192.168.1.1', true],
  ['foo, bar, 192.168.0.0/16', '[::1]', false],
  ['foo, bar, ::1/64', '[::1]', true],
  ['::1/64', '[::1]', true],
  ['::1/96', '[::1]', true],
  ['::1/129', '[::1]', false],
  ['::1/128', '[::1]', true],
  ['::1/127', '[::1]', true],
  ['::1/a127', '[::1]', false],
  ['::1/127a', '[::1]', false],
  ['::1/ 127', '[::1]', false],
  ['::1/127 ', '[::1]', true],
  ['::1/126', '[::1]', true],
  ['::1/125', '[::1]', true],
  ['::1/124', '[::1]', true],
  ['::1/123', '[::1]', true],
  ['::1/122', '[::1]', true],
  ...[65, 66, 67, 68, 69, 70, 71, 72].flatMap((bits): Row[] => [
    [`2001:db8::/${bits}`, '[2001:db8:8000::1]', false],
    [`2001:db8::/${bits}`, '[2001:db8::1]', true],
  ]),
  ['foo, bar, ::1/64', 'bar', true],
  ['foo, bar, ::1/64', 'BAr', true],
  ['foo,,,,,              bar, ::1/64', 'BAr', true],
  ['foo, .example.com', 'www.example.com', true],
  ['www2.example.com, .example.net', 'www.example.com', false],
  ['.example.com, .example.net', 'example.com', true],
  ['.example.com, .example.net', 'nonexample.com', false],
  ['192.160.0.1/33', '192.160.0.1', false],
  ...[32, 0, 24, 26, 20, 18, 12, 8].map((bits): Row => [
    `192.160.0.1/${bits}`,
    '192.160.0.1',
    true,
  ]),
  ['10.0.0.1/8', '192.160.0.1', false],
  ['10.0.0.1/32', '192.160.0.1', false],
  ['10.0.0.1/0', '192.160.0.1', true, zero],
  ['::1/0', '[::1]', true],
  ['0:0::1/128', '[::1]', true],
  ['0:0::1/129', '[::1]', false],
  ['fe80::ab47:4396:55c9:8474/64', '[fe80::ab47:4396:55c9:8474]', true],
];

/** tests/test_utils.py. */
const ofRequests: Row[] = [
  ...['192.168.0.0/24,127.0.0.1,localhost.localdomain,172.16.1.1, google.com:6000'].flatMap(
    (list): Row[] => [
      [list, '192.168.0.1:5000', true],
      [list, '192.168.0.1', true],
      [list, '172.16.1.1', true],
      [list, '172.16.1.1:5000', true],
      [list, 'localhost.localdomain:5000', true],
      [list, 'google.com:6000', true, ports],
      [list, '192.168.1.1:5000', false],
      [list, '192.168.1.1', false],
      [list, 'www.requests.com', false],
      [list, '172.16.1.12', false],
      [list, '172.16.1.12:5000', false],
      [list, 'google.com:5000', false],
    ],
  ),
  ...['192.168.1.1,requests.com'].flatMap((list): Row[] => [
    [list, '192.168.1.1:5000', true],
    [list, '192.168.1.1', true],
    [list, 'www.requests.com', true],
    [list, '192.168.0.1:5000', false],
    [list, '172.16.1.1', false],
    [list, 'localhost.localdomain:5000', false],
  ]),
  ...['localhost, anotherdomain.com, newdomain.com:1234, .d.o.t'].flatMap((list): Row[] => [
    [list, 'localhost', true],
    [list, 'anotherdomain.com:8888', true],
    [list, 'newdomain.com:1234', true, ports],
    [list, 'www.newdomain.com:1234', true, ports],
    [list, 'foo.d.o.t', true],
    [list, 'd.o.t', true],
    [list, 'prelocalhost', false],
    [list, 'newdomain.com', false],
    [list, 'newdomain.com:1235', false],
  ]),
];

/** http/httpproxy/proxy_test.go of golang.org/x/net. */
const ofGo: Row[] = [
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

/** tests/unit/helpers/shouldBypassProxy.test.js. */
const ofAxios: Row[] = [
  ...['localhost,127.0.0.1,::1'].flatMap((list): Row[] => [
    [list, 'localhost.:8080', true],
    [list, '[::1]:8080', true],
    ...['[0::]', '[::0]', '[0:0::]', '[::0:0]', '[0::0]'].map((host): Row => [
      list,
      `${host}:7777`,
      true,
      loopback,
    ]),
    ...['127.0.0.2', '127.0.0.100', '127.1.2.3', '127.255.255.254'].map((host): Row => [
      list,
      `${host}:9191`,
      true,
      loopback,
    ]),
    ...[
      '128.0.0.1',
      '126.255.255.255',
      '10.0.0.1',
      '192.168.1.1',
      '10.0.0.127',
      '200.127.0.1',
      'example.com',
    ].map((host): Row => [list, `${host}:9191`, false]),
    [list, '[0:0:0:0:0:0:0:1]:8080', true],
    [list, '[::ffff:127.0.0.1]:8080', true, mapped],
  ]),
  ['[::1]', '[::1]:8080', true, brackets],
  ...['127.0.0.1', '[::1]', '0.0.0.0', '[::]', '127.0.0.2', '127.1.2.3'].map((host): Row => [
    'localhost',
    `${host}:7777`,
    true,
    loopback,
  ]),
  ...['localhost', '0.0.0.0', '[::]'].flatMap((host) =>
    ['127.0.0.1', '::1'].map((list): Row => [list, `${host}:7777`, true, loopback]),
  ),
  ['::1', '127.0.0.5:7777', true, loopback],
  ['localhost:8080', '0.0.0.0:8080', true, loopback],
  ['localhost:8080', '0.0.0.0:9090', false],
  ...['0::', '::0', '0:0::', '::0:0', '0::0'].map((list): Row => [list, '[::]:7777', true]),
  ['[0::]:8080', '[::]:8080', true, ports],
  ['[0::]:8080', '[::]:9090', false],
  ['0::2', '[::]:7777', false],
  ['localhost', '[2001:db8::1]:7777', false],
  ['*.example.com,localhost:8080', 'api.example.com', true, below],
  ['*.example.com,localhost:8080', 'localhost:8080', true, ports],
  ['*.example.com,localhost:8080', 'localhost:8081', false],
  ['*', 'example.com', true],
  ['*', 'localhost:1234', true],
  ['*', '[::1]:8080', true],
  ['[::1]:8080', '[::1]:8080', true, ports],
  ['[::1]:8080', '[::1]:8081', false],
  ['', 'localhost:8080', false],
  ['127.0.0.1:8080', '127.0.0.2:8080', true, loopback],
  ['127.0.0.1:8080', '127.0.0.2:9090', false],
  ['192.168.1.5', '[::ffff:192.168.1.5]', true, mapped],
  ['192.168.1.5', '[::ffff:c0a8:105]', true, mapped],
  ['::ffff:192.168.1.5', '192.168.1.5', true, mapped],
  ['::ffff:a00:1', '10.0.0.1', true, mapped],
  ['[::ffff:192.168.1.5]', '192.168.1.5', true, mapped],
  ['0:0:0:0:0:ffff:10.0.0.1', '10.0.0.1', true, mapped],
  ['0:0:0:0:0:ffff:10.0.0.1', '[::ffff:10.0.0.1]', true],
  ...['0', '0:0', '0:0:0', '0:0:0:0'].flatMap((zeroes) =>
    ['192.168.1.5', 'c0a8:105'].map((end): Row => [
      `${zeroes}::ffff:${end}`,
      '192.168.1.5',
      true,
      mapped,
    ]),
  ),
  ['[0:0::ffff:192.168.1.5]:8080', '192.168.1.5:8080', true, mapped],
  ['[0:0::ffff:192.168.1.5]:8080', '192.168.1.5:9090', false],
  ['192.168.1.5', '[::ffff:192.168.1.6]', false],
  ['192.168.1.5', '[2001:db8::1]', false],
  ['2001:db8::1', '[2001:db8::1]', true],
  ['2001:db8::1', '[2001:db8::2]', false],
  ...['127.1', '0177.0.0.1', '0x7f.0.0.1'].flatMap((form): Row[] => [
    [form, '127.0.0.1:7777', true, spelling],
    ['127.0.0.1', `${form}:7777`, true],
  ]),
  ['010.0.0.1', '010.0.0.1:7777', true, spelling],
  ['00.0.0.0', '0.0.0.0:7777', true, spelling],
  ['999.0.0.1', '127.0.0.1:7777', false],
  ['0xz.0.0.1', '127.0.0.1:7777', false],
  ['127', '127.0.0.1:7777', false],
  ['0177.0.0.1:8080', '0177.0.0.1:8080', true, ports],
  ['0177.0.0.1:8080', '0177.0.0.1:9090', false],
  ['127.65535', '127.0.255.255', true, spelling],
  ['127.0x00ff', '127.0.0.255', true, spelling],
  ['127.0177', '127.0.0.127', true, spelling],
  ['127.0.65535', '127.0.255.255', true, spelling],
  ['0.0.0xff', '0.0.0.255', true, spelling],
  ['127.0.255.255', '127.65535', true],
  ['127.16777216', '127.0.0.0:7777', false],
  ['127.0.65536', '127.0.0.1:7777', false],
];

/** What nobody's table has: mostly what must not match. */
const ofOurs: Row[] = [
  ['EXAMPLE.Com', 'www.example.com', true],
  ['com', 'example.com', true],
  ['a,*,b', 'example.com', true, star],
  ['a,*,b', '10.0.0.1', true, star],
  ['*.example.com', 'example.com', false],
  ['*.example.com:8080', 'a.example.com:8080', true, below],
  ['*.example.com:8080', 'a.example.com', false],
  ['.example.com:443', 'example.com', false],
  ['example.com:80', 'example.com', true, ports],
  ['example.com:080', 'example.com', true, ports],
  ['[::1]/128', '[::1]', true, brackets],
  ['bücher.example', 'www.bücher.example', true, spelling],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true, mapped],
  ['::ffff:10.0.0.0/104', '11.1.2.3', false],
  ['::ffff:0:0/96', '11.1.2.3', true, mapped],
  ['10.0.0.0/8', '[::ffff:10.1.2.3]', true, mapped],
  ['0.0.0.0/0', '11.1.2.3', true, zero],
  ['::/0', '[2001:db8::1]', true, zero],
  // This machine.
  ['127.0.0.0/8', 'localhost', true, loopback],
  ['127.0.0.0/16', '[::1]', true, loopback],
  ['.localhost', '127.0.0.1', true, loopback],
  ['LOCALHOST.', '127.0.0.1', true, loopback],
  ['::ffff:127.0.0.1', 'localhost', true, loopback],
  ['localhost', 'app.localhost', true],
  ['*.localhost', 'app.localhost', true, below],
  ['*.localhost', 'localhost', false],
  ['*.localhost', '127.0.0.1', false],
  ['127.0.0.1', 'app.localhost', false],
  ['127.0.0.1', 'localhost.example', false],
  ['localhost', 'localhost.example', false],
  ['localhost.localdomain', '127.0.0.1', false],
  ['app.localhost', '127.0.0.1', false],
  ['localhost', '0.0.0.1', false],
  ['0.0.0.1', 'localhost', false],
  // A network of which this machine is only a part.
  ['0.0.0.0/8', '127.0.0.1', false],
  ['0.0.0.0/0', 'localhost', false],
  ['0.0.0.0/0', '[::1]', false],
  ['126.0.0.0/7', 'localhost', false],
  ['::/32', 'localhost', false],
  ['::/127', '127.0.0.1', false],
  ['::1/128', 'localhost', true, loopback],
  ['7f00::/8', '127.0.0.1', false],
  ['7f00::1', 'localhost', false],
  // A network of the other family, or one that is none.
  ['::/0', '11.1.2.3', false],
  ['::/64', '10.0.0.1', false],
  ['::ffff:10.0.0.0/95', '10.0.0.0', false],
  ['::ffff:10.0.0.0/90', '10.0.0.0', false],
  ['0.0.0.0/0', '[2001:db8::1]', false],
  ['::a00:1', '10.0.0.1', false],
  ['10.0.0.0/', '10.0.0.0', false],
  ['10.0.0.0/-1', '10.0.0.0', false],
  ['10.0.0.0/+8', '10.0.0.0', false],
  ['10.0.0.0/8/8', '10.0.0.0', false],
  ['10.0.0.0/8:80', '10.0.0.0', false],
  ['10.0.0.0/255.0.0.0', '10.0.0.0', false],
  ['[10.0.0.1]', '10.0.0.1', false],
  ['fe80::1%eth0', '[fe80::1]', false],
  // An end of a name is none of an address.
  ['.0.0.1', '10.0.0.1', false],
  ['*.0.0.1', '10.0.0.1', false],
  ['.10.0.0.1', '10.0.0.1', false],
  ['1', '10.0.0.1', false],
  ['.1]', '[::1]', false],
  ['1]', '[::1]', false],
  ['.[::1]', '[::1]', false],
  ['[::1', '[::1]', false],
  // What only looks like a name or a port.
  ['example.com/24', 'example.com', false],
  ['example.com/', 'example.com', false],
  ['http://example.com', 'example.com', false],
  ['//example.com', 'example.com', false],
  ['a@example.com', 'example.com', false],
  ['example.com#a', 'example.com', false],
  ['example.com?a', 'example.com', false],
  ['example.com\\a', 'example.com', false],
  ['%65xample.com', 'example.com', false],
  ['example.com\u{1}', 'example.com', false],
  ['example.com:', 'example.com', false],
  ['example.com:0', 'example.com', false],
  ['example.com:99999', 'example.com', false],
  ['example.com:1e3', 'example.com:1000', false],
  ['example.com:80:80', 'example.com', false],
  ['*:80', 'example.com', false],
  ['*example.com', 'example.com', false],
  ['*example.com', 'a.example.com', false],
  ['ex*mple.com', 'example.com', false],
  ['example.*', 'example.com', false],
  ['10.*', '10.0.0.1', false],
  ...['.', '..', '...', '*.', '*..', '**', ':', '/', '[]', '[', ',', ' ', '/8', ':80', '-'].flatMap(
    (list): Row[] => [
      [list, 'example.com', false],
      [list, '10.0.0.1', false],
    ],
  ),
  ...['.', '..'].map((list): Row => [list, 'example.com..', false, 'an empty name is no entry']),
  ['example.com', 'example.com..', false],
  ['example.com..', 'example.com', false],
  ['..example.com', 'a.example.com', false],
];

function isDirect(list: string | string[], host: string): boolean {
  const { hostname, port } = new URL(`http://${host}/`);
  return readNoProxy(splitNoProxy(list))(hostname, Number(port || 80));
}

describe.each([
  ['curl', ofCurl],
  ['requests', ofRequests],
  ['Go', ofGo],
  ['axios', ofAxios],
  ['ours', ofOurs],
])('X1: the table of %s', (_name, rows) => {
  test.each(rows)('NO_PROXY=%j, %s: %j', (list, host, expected) => {
    expect(isDirect(list, host)).toBe(expected);
  });
});

test('X1: a port is the one that the URL has by default, too', () => {
  const bypasses = readNoProxy(['example.com:443']);
  expect(bypasses('example.com', 443)).toBe(true);
  expect(bypasses('example.com', 80)).toBe(false);
});

test('X1: entries may stand in one text, in several or both', () => {
  expect(splitNoProxy('a, b\tc\n,,d')).toEqual(['a', 'b', 'c', 'd']);
  expect(splitNoProxy(['a', 'b,c', '', ' d e '])).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(splitNoProxy('')).toEqual([]);
  expect(splitNoProxy([])).toEqual([]);
});

test('X1: a network holds the addresses whose first bits are its own, and no other', () => {
  const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const text = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
  fc.assert(
    fc.property(
      address,
      fc.integer({ min: 0, max: 32 }),
      fc.integer({ min: 0, max: 32 }),
      (network, size, flipped) => {
        // The host differs from the network in one bit, or in none.
        const host = (flipped < 32 ? network ^ (2 ** (31 - flipped)) : network) >>> 0;
        fc.pre(network >>> 24 !== 127 || size < 8);
        const expected = flipped >= size;
        const asV6 = new URL(`http://[64:ff9b::${text(host)}]/`).hostname;
        expect(isDirect(`${text(network)}/${size}`, text(host))).toBe(expected);
        expect(isDirect(`::ffff:${text(network)}/${96 + size}`, text(host))).toBe(expected);
        expect(isDirect(`64:ff9b::${text(network)}/${96 + size}`, asV6)).toBe(expected);
      },
    ),
  );
});

test('X1: whatever stands in a list, nothing throws, and nothing but an asterisk matches a host of which it has no part', () => {
  const piece = fc.constantFrom(
    '.',
    '*',
    ':',
    '/',
    '[',
    ']',
    '::',
    '%',
    '@',
    '#',
    '?',
    '\\',
    '0',
    '8',
    '255',
    'a',
    'b.c',
    '\0',
    'ß',
    '。',
    '-',
    '_',
    '~',
    'xn--',
    ' ',
    ',',
    '\u{202e}',
    '\ud800',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 10 }).map((parts) => parts.join('')),
      (list) => {
        expect(isDirect(list, 'host.example')).toBe(splitNoProxy(list).includes('*'));
      },
    ),
    { numRuns: 3_000 },
  );
});

test('X1: a list and a host of any length take time in proportion to it', () => {
  const name = 'a.'.repeat(50_000);
  for (const unit of ['.', '*.', '[', ':', '::', '1:', '/', '1.', 'a.', '*', 'a:1', '%', '1']) {
    const bypasses = readNoProxy(
      splitNoProxy([
        unit.repeat(100_000),
        `${unit.repeat(100_000)}/8`,
        `${unit.repeat(100_000)}:80`,
      ]),
    );
    expect(bypasses(`${name}example`, 80)).toBe(false);
  }
  const bypasses = readNoProxy(splitNoProxy('a.example,10.0.0.0/8,[::1]:80,'.repeat(10_000)));
  for (let i = 0; i < 100; i++) expect(bypasses('b.example', 80)).toBe(false);
});
