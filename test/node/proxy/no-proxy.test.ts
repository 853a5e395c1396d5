import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNoProxy, splitNoProxy } from '../../../src/node/proxy/no-proxy.ts';
import { ofAxios } from './no-proxy-rows/axios.ts';
import { ofCurl } from './no-proxy-rows/curl.ts';
import { ofGo } from './no-proxy-rows/go.ts';
import { ofOurs } from './no-proxy-rows/own.ts';
import { ofRequests } from './no-proxy-rows/requests.ts';

function isDirect(list: string | string[], host: string): boolean {
  const { hostname, port } = new URL(`http://${host}/`);
  return readNoProxy(splitNoProxy(list))(hostname, Number(port || 80));
}

describe.each([
  { name: 'curl', rows: ofCurl },
  { name: 'requests', rows: ofRequests },
  { name: 'Go', rows: ofGo },
  { name: 'axios', rows: ofAxios },
  { name: 'ours', rows: ofOurs },
])('X1: the table of $name', ({ rows }) => {
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

test('X1: whatever a list holds, nothing throws, and only an asterisk matches all', () => {
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
