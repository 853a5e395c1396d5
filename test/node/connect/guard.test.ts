import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { readGuard } from '../../../src/node/connect/guard.ts';
import { kindOf, verdict } from './verdict.ts';

describe('X3: what is no host on the Internet is not connected to', () => {
  test.each([
    { kind: 'unspecified', addresses: '0.0.0.0 0.1.2.3 0.255.255.255 :: ::ffff:0.0.0.0' },
    {
      kind: 'loopback',
      addresses: `
        127.0.0.1 127.1.2.3 127.255.255.255 ::1 0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 ::ffff:7f00:1
        64:ff9b::127.0.0.1 64:ff9b::7f00:1`,
    },
    {
      kind: 'private',
      addresses: `
        10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 172.16.0.0 172.31.255.255 192.168.0.0
        192.168.255.255 ::ffff:10.0.0.1 64:ff9b::192.168.1.1`,
    },
    {
      kind: 'private',
      addresses: `
        fc00:: fd12:3456::1 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0::1 feff::1 64:ff9b:1::1
        64:ff9b:1:ffff::10.0.0.1`,
    },
    {
      kind: 'link-local',
      addresses: `
        169.254.0.0 169.254.255.255 ::ffff:169.254.1.1 fe80::1 fe80::1%eth0 febf::1`,
    },
    {
      kind: 'cloud metadata',
      addresses: `
        169.254.169.254 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe 64:ff9b::a9fe:a9fe fd00:ec2::254
        100.100.100.200 168.63.129.16`,
    },
    { kind: 'multicast', addresses: '224.0.0.0 239.255.255.255 ff00:: ff02::1 ffff::1' },
    {
      kind: 'reserved',
      addresses: `
        192.0.0.0 192.0.0.255 192.0.2.0 192.0.2.255 192.88.99.0 192.88.99.255 198.18.0.0
        198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 240.0.0.0
        255.255.255.255`,
    },
    {
      kind: 'reserved',
      addresses: `
        ::2 ::127.0.0.1 ::ffff:0:127.0.0.1 100::1 2001::1 2001:10::1 2001:1ff:: 2001:db8::
        2001:db8:ffff::1 2002::1 2002:7f00:1::1 2002:808:808::1 2002:ffff::1 3fff:: 3fff:fff::1
        1fff::1 4000::1 5f00::1 7fff::1 8000::1 fbff::1 fe00::1 fe7f::1 64:ff9a::1
        64:ff9b:0:0:0:1:808:808`,
    },
  ])('$kind, row %#', ({ kind, addresses }) => {
    for (const address of addresses.trim().split(/\s+/))
      expect([address, kindOf(address)]).toEqual([address, kind]);
  });

  test.each([
    {
      kind: 'IPv4 around what is private',
      addresses: `
        1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
        169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0`,
    },
    {
      kind: 'IPv4 around what is reserved',
      addresses: `
        192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
        198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 8.8.8.8 168.63.129.15`,
    },
    {
      kind: 'IPv6',
      addresses: `
        2000::1 2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1 2606:4700::1111
        3ffe::1 3fff:1000::1 ::ffff:8.8.8.8 ::ffff:808:808 64:ff9b::8.8.8.8 64:ff9b::808:808`,
    },
  ])('and what is one is: $kind', ({ addresses }) => {
    for (const address of addresses.trim().split(/\s+/))
      expect([address, verdict(readGuard({}), address)]).toEqual([address, '']);
  });

  test.each([
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://0/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::]/',
    'http://１２７.0.0.1/',
  ])('however a URL spells it: %s', (url) => {
    expect(verdict(readGuard({}), new URL(url).hostname.replace(/[[\]]/g, ''))).toMatch(
      /loopback|unspecified/,
    );
  });

  test.each(['', 'localhost', '127.1', '[::1]', '0x7f.0.0.1', '1.2.3.4/32'])(
    'nor is what is no address: %j',
    (address) => {
      expect(
        verdict(readGuard({ allowPrivate: true, allow: ['0.0.0.0/0', '::/0'] }), address),
      ).toContain('is no IP address');
    },
  );

  test('the message names host, address, reason and remedy, and no credentials', () => {
    const guard = readGuard({ deny: ['8.8.0.0/16'] });
    expect(guard.refusal('10.1.2.3', 'http://user:secret@intra.test/x')).toEqual(
      new InvalidRequestError(
        'The guard refuses http://[redacted]@intra.test/x: 10.1.2.3 is private (10.0.0.0/8); ' +
          'what may be connected to all the same stands in guard.allow',
      ),
    );
    expect(guard.refusal('8.8.4.4', 'dns.test')).toEqual(
      new InvalidRequestError(
        'The guard refuses dns.test: 8.8.4.4 stands in guard.deny (8.8.0.0/16)',
      ),
    );
  });
});
