/**
 * Addresses that are no host's on the Internet, by IANA's registries of special-purpose addresses
 * and of IPv6 address space.
 */
import { type Address, contains, parseRange, type Range } from './ip-address.ts';

/** Addresses of one kind, and how they are written. */
export interface SpecialRange extends Range {
  readonly kind: string;
  readonly text: string;
}

/**
 * By kind; the first that matches counts. Ranges that are set apart for a protocol of the network
 * itself are closed whole, with the few addresses in them that can be reached.
 */
const textsByKind: Readonly<Record<string, readonly string[]>> = {
  'cloud metadata': [
    '169.254.169.254', // AWS and most others
    'fd00:ec2::254', // AWS, IPv6
    '100.100.100.200', // Alibaba
    '168.63.129.16', // Azure; it would be public
  ],
  unspecified: ['0.0.0.0/8', '::'],
  loopback: ['127.0.0.0/8', '::1'],
  private: [
    '10.0.0.0/8',
    '100.64.0.0/10', // shared by a carrier's customers (RFC 6598)
    '172.16.0.0/12',
    '192.168.0.0/16',
    'fc00::/7', // unique local (RFC 4193)
    'fec0::/10', // site-local (RFC 3879)
    '64:ff9b:1::/48', // NAT64 of a local network (RFC 8215)
  ],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
  reserved: [
    '192.0.0.0/24', // protocol assignments (RFC 6890)
    '192.0.2.0/24', // documentation (RFC 5737)
    '192.88.99.0/24', // 6to4 relays (RFC 7526)
    '198.18.0.0/15', // benchmarks (RFC 2544)
    '198.51.100.0/24', // documentation
    '203.0.113.0/24', // documentation
    '240.0.0.0/4', // future use (RFC 1112)
    '2001::/23', // protocol assignments (RFC 2928)
    '2001:db8::/32', // documentation (RFC 3849)
    '2002::/16', // 6to4 (RFC 3056)
    '3fff::/20', // documentation (RFC 9637)
    // Only 2000::/3 has been given to hosts: these are all the rest.
    '::/3',
    '4000::/2',
    '8000::/1',
  ],
};

const specialRanges = Object.entries(textsByKind).flatMap(([kind, texts]) =>
  texts.map((text): SpecialRange => ({ ...knownRange(text), kind, text })),
);

/** The well-known prefix of NAT64 (RFC 6052, section 2.1): IPv4 in the last 32 bits. */
const nat64 = knownRange('64:ff9b::/96');
/** 6to4 (RFC 3056, section 2): IPv4 right behind the first 16 bits. */
const sixToFour = knownRange('2002::/16');
const bitsBehind6to4 = 80n;

function knownRange(text: string): Range {
  const range = parseRange(text);
  if (!range) throw new TypeError(`${text} is no range of addresses`);
  return range;
}

function ipv4In(value: bigint): Address {
  return { family: 4, value: BigInt.asUintN(32, value) };
}

/** The IPv4 address that packets for an IPv6 address are handed on to. */
export function embeddedIPv4(address: Address): Address | undefined {
  if (contains(nat64, address)) return ipv4In(address.value);
  if (contains(sixToFour, address)) return ipv4In(address.value >> bitsBehind6to4);
  return undefined;
}

/** What is special about an address; `undefined` for one that a host on the Internet may have. */
export function specialRangeOf(address: Address): SpecialRange | undefined {
  // NAT64 is as public as what is behind it.
  const judged = contains(nat64, address) ? ipv4In(address.value) : address;
  return specialRanges.find((range) => contains(range, judged));
}
