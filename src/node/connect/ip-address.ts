/** IP addresses and ranges of them as numbers. */
import { isIP } from 'node:net';

/**
 * An address; one that is an IPv4 address in IPv6's clothes (`::ffff:127.0.0.1`) is the IPv4
 * address, which is where it leads.
 */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** The addresses that agree with this one in all but the last `free` bits. */
export interface Range extends Address {
  readonly free: bigint;
}

function fromIPv4(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function fromIPv6(text: string): bigint {
  const [head = [], tail] = text
    .replace(/[\d.]+\.\d+$/, (end) =>
      fromIPv4(end).toString(16).padStart(8, '0').replace(/^.{4}/, '$&:'),
    )
    .split('::')
    .map((half) => (half ? half.split(':') : []));
  const groups = tail
    ? [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
    : head;
  return BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`);
}

/**
 * An address as `net.isIP()` knows them, with or without a zone (`fe80::1%eth0`); else `undefined`.
 */
export function parseAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 4) return { family, value: fromIPv4(text) };
  if (family !== 6) return undefined;
  const value = fromIPv6(text.replace(/%.*/, ''));
  return value >> 32n === 0xffffn
    ? { family: 4, value: BigInt.asUintN(32, value) }
    : { family, value };
}

/** One address, or a range in CIDR notation (`10.0.0.0/8`, `fd00::/8`); else `undefined`. */
export function parseRange(text: string): Range | undefined {
  const [, start = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(start);
  const bits = isIP(start) === 4 ? 32 : 128;
  const free = length === undefined ? 0 : bits - Number(length);
  return address && free >= 0 && free <= (address.family === 4 ? 32 : 128)
    ? { ...address, free: BigInt(free) }
    : undefined;
}

/** Whether the address is in the range. */
export function contains(range: Range, { family, value }: Address): boolean {
  return range.family === family && range.value >> range.free === value >> range.free;
}
