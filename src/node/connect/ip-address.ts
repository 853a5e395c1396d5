/** IP addresses and ranges of them as numbers. */
import { isIP } from 'node:net';

/**
 * An address. One that is an IPv4 address mapped into IPv6 (`::ffff:127.0.0.1`, RFC 4291, section
 * 2.5.5.2) is the IPv4 address, which is where it leads.
 */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** The addresses that agree with this one in all but the last `free` bits. */
export interface Range extends Address {
  readonly free: bigint;
}

/** What an IPv4-mapped address has before its last 32 bits. */
const mappedPrefix = 0xffffn;
const bitsOf = { 4: 32, 6: 128 };
/** Groups of 16 bits in an IPv6 address. */
const groupCount = 8;

function valueOfIPv4(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function valueOfIPv6(text: string): bigint {
  const [head = [], tail] = withoutDots(text).split('::').map(groupsOf);
  const groups = tail ? [...head, ...zeroGroups(head.length + tail.length), ...tail] : head;
  return BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`);
}

/** The last 32 bits as groups, where they are written as an IPv4 address. */
function withoutDots(text: string): string {
  const start = text.lastIndexOf(':') + 1;
  const end = text.slice(start);
  if (!end.includes('.')) return text;
  const value = valueOfIPv4(end);
  return `${text.slice(0, start)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

/** What `::` stands for beside so many groups. */
function zeroGroups(written: number): string[] {
  return Array<string>(groupCount - written).fill('0');
}

/**
 * An address as `net.isIP()` knows them, with or without a zone (`fe80::1%eth0`); else `undefined`.
 */
export function parseAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 4) return { family, value: valueOfIPv4(text) };
  if (family !== 6) return undefined;
  const [withoutZone = ''] = text.split('%');
  const value = valueOfIPv6(withoutZone);
  const isMapped = value >> 32n === mappedPrefix;
  return isMapped ? { family: 4, value: BigInt.asUintN(32, value) } : { family, value };
}

/** One address, or a range in CIDR notation (`10.0.0.0/8`, `fd00::/8`); else `undefined`. */
export function parseRange(text: string): Range | undefined {
  const [start = '', length, ...more] = text.split('/');
  const address = parseAddress(start);
  if (!address || more.length > 0) return undefined;
  if (length === undefined) return { ...address, free: 0n };
  if (!/^\d{1,3}$/.test(length)) return undefined;
  // The length is that of the address as it is written, so that a mapped one counts 96 bits more.
  const written = isIP(start) === 4 ? bitsOf[4] : bitsOf[6];
  const free = written - Number(length);
  if (free < 0 || free > bitsOf[address.family]) return undefined;
  return { ...address, free: BigInt(free) };
}

/** Whether the address is in the range. */
export function contains(range: Range, { family, value }: Address): boolean {
  return range.family === family && range.value >> range.free === value >> range.free;
}
