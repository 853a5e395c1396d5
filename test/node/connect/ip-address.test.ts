import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, parseAddress, parseRange } from '../../../src/node/connect/ip-address.ts';

const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });

/**
 * An IPv6 address in each way to write it: in full, with its zeros left out, in capitals, ending as
 * IPv4.
 */
function spellings(parts: number[]): string[] {
  const plain = parts.map((part) => part.toString(16)).join(':');
  const [high = 0, low = 0] = parts.slice(6);
  const dotted = `${parts
    .slice(0, 6)
    .map((part) => part.toString(16))
    .join(':')}:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  return [
    plain,
    parts.map((part) => part.toString(16).padStart(4, '0')).join(':'),
    plain.toUpperCase(),
    dotted,
    `${plain}%eth0`,
    // As the URL standard writes it.
    new URL(`http://[${plain}]`).hostname.slice(1, -1),
  ];
}

test('an IPv6 address is the same number in whatever way it is written', () => {
  fc.assert(
    fc.property(groups, (parts) => {
      const value = parts.reduce((all, part) => (all << 16n) | BigInt(part), 0n);
      const address =
        value >> 32n === 0xffffn ? { family: 4, value: value & 0xffffffffn } : { family: 6, value };
      for (const text of spellings(parts))
        expect([text, parseAddress(text)]).toEqual([text, address]);
    }),
  );
});

test('an IPv4 address is its four bytes, in the clothes of IPv6 too', () => {
  const address = { family: 4, value: 0x01020304n };
  for (const text of ['1.2.3.4', '::ffff:1.2.3.4', '::FFFF:102:304', '0:0:0:0:0:ffff:0102:0304'])
    expect(parseAddress(text)).toEqual(address);
});

test.each([
  '',
  'localhost',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '01.2.3.4',
  '0x7f.0.0.1',
  '2130706433',
  '[::1]',
  ':::',
  '1::2::3',
  '::1/128',
  '1:2:3:4:5:6:7:8:9',
  '::g',
  ' ::1',
  '10.0.0.0/8',
])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each([
  {
    text: '10.0.0.0/8',
    first: '10.0.0.0',
    last: '10.255.255.255',
    before: '9.255.255.255',
    after: '11.0.0.0',
  },
  // Bits of the host do not matter.
  {
    text: '10.1.2.3/8',
    first: '10.0.0.0',
    last: '10.255.255.255',
    before: '9.255.255.255',
    after: '11.0.0.0',
  },
  {
    text: '172.16.0.0/12',
    first: '172.16.0.0',
    last: '172.31.255.255',
    before: '172.15.255.255',
    after: '172.32.0.0',
  },
  {
    text: '192.168.1.7',
    first: '192.168.1.7',
    last: '192.168.1.7',
    before: '192.168.1.6',
    after: '192.168.1.8',
  },
  {
    text: '192.168.1.7/32',
    first: '192.168.1.7',
    last: '::ffff:192.168.1.7',
    before: '192.168.1.6',
    after: '192.168.1.8',
  },
  { text: '0.0.0.0/0', first: '0.0.0.0', last: '255.255.255.255', before: '::', after: '::1' },
  {
    text: '::/0',
    first: '::',
    last: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    before: '0.0.0.0',
    after: '::ffff:1.2.3.4',
  },
  {
    text: 'fe80::/10',
    first: 'fe80::',
    last: 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    before: 'fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    after: 'fec0::',
  },
  {
    text: '::ffff:10.0.0.0/104',
    first: '10.0.0.0',
    last: '::ffff:10.255.255.255',
    before: '9.255.255.255',
    after: '11.0.0.0',
  },
])(
  'the range $text goes from its first to its last address',
  ({ text, first, last, before, after }) => {
    const range = parseRange(text);
    expect(
      [first, last, before, after].map((address) =>
        contains(range as never, parseAddress(address) as never),
      ),
    ).toEqual([true, true, false, false]);
  },
);

test.each([
  '',
  '/8',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/a',
  '10.0.0/8',
  '::/129',
  '::ffff:0:0/95',
  '10.0.0.0/255.0.0.0',
  '*',
  'localhost',
])('%j is no range', (text) => {
  expect(parseRange(text)).toBeUndefined();
});
