/**
 * Our own reading of `NO_PROXY`, which no standard describes. curl's rules hold where it has one; what it does not know is taken from Go and axios:
 * ports, `*.` and `*` as one entry among others, `/0` for every address, IPv6 in brackets, names that are not in ASCII, IPv4 addresses inside of IPv6.
 *
 * - `example.com` and `.example.com` are the name and every name below it, `*.example.com` only those below it.
 * - A host that is an address is matched by addresses and networks alone, whatever a name ends in.
 * - `localhost`, 127.0.0.0/8, `::1`, `0.0.0.0` and `::` are one host, this machine, as in axios: an entry that names one of them, or a network within 127.0.0.0/8,
 *   names all (on its port, if it has one). A wider network does not, and nothing is this machine without an entry, as it is in Go. For curl and requests each is only itself.
 * - What cannot be read matches nothing.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Whether a host goes without a proxy. `hostname`: as a `URL` has it. */
export type Bypass = (hostname: string, port: number) => boolean;

/** A host in the form in which hosts are compared. */
interface Host {
  /** Without the dot at the end. */
  readonly name: string;
  /** Of an address: its family, 4 or 6, and its bits in one text, so that a network is the beginning of its addresses. */
  readonly bits: string | undefined;
  readonly isLoopback: boolean;
}

/** The entries of one text or of several. Commas and white space divide them. */
export function splitNoProxy(value: string | readonly string[]): string[] {
  return [value].flat().join().split(/[\s,]+/).filter(Boolean);
}

/** Makes the test of a list's entries. It takes time in proportion to the list. */
export function readNoProxy(list: readonly string[]): Bypass {
  const rules = list.map(readEntry).filter((rule) => rule !== undefined);
  return (hostname, port) => {
    if (!rules.length) return false;
    const host = readHost(hostname);
    return rules.some((rule) => rule(host, port));
  };
}

function readEntry(entry: string): ((host: Host, port: number) => boolean) | undefined {
  if (entry === '*') return () => true;
  const bracketed = entry.replace(/^[^/]*/, (text) => (isIPv6(text) ? `[${text}]` : text));
  const [, dots, text, port, size] = /^(\*?\.)?(\[[^\]]+\]|[^[\]:/\\?#@%]+)(?::(\d+)|\/(\d+))?$/.exec(bracketed) ?? [];
  // A host means what it means in a URL: letter case, 127.1, 0x7f.0.0.1, bücher.example.
  if (!text || !URL.canParse(`http://${text}/`)) return undefined;
  const own = readHost(new URL(`http://${text}/`).hostname);
  const isOpen = (at: number) => port === undefined || Number(port) === at;
  if (own.bits) {
    const prefix = size === undefined ? own.bits : networkOf(own.bits, Number(size), text);
    if (dots || !prefix) return undefined;
    const isLoopback = prefix === own.bits ? own.isLoopback : prefix.startsWith(loopbackNetwork);
    return (host, at) => isOpen(at) && (host.bits?.startsWith(prefix) || isLoopback && host.isLoopback);
  }
  if (size !== undefined || !own.name) return undefined;
  const isBelowOnly = dots === '*.';
  const isLoopback = own.isLoopback && !isBelowOnly;
  const suffix = `.${own.name}`;
  return (host, at) => isOpen(at) && (!host.bits && (isBelowOnly ? host.name : `.${host.name}`).endsWith(suffix) || isLoopback && host.isLoopback);
}

const loopbackNetwork = '401111111';
const loopback = new RegExp(`^(?:${loopbackNetwork}|40{32}$|60{127}[01]$)`);
const mapped = `6${'0'.repeat(80)}${'1'.repeat(16)}`;

function readHost(hostname: string): Host {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  const bits = bitsOf(name);
  return { name, bits, isLoopback: bits ? loopback.test(bits) : name === 'localhost' };
}

function bitsOf(hostname: string): string | undefined {
  if (isIPv4(hostname)) return `4${toBits(hostname.split('.'), 10, 8)}`;
  if (!hostname.startsWith('[')) return undefined;
  const [head = '', tail = ''] = hostname.slice(1, -1).split('::').map((groups) => toBits(groups.split(':').filter(Boolean), 16, 16));
  const bits = `6${head.padEnd(128 - tail.length, '0')}${tail}`;
  // The same host is reached by both.
  return bits.startsWith(mapped) ? `4${bits.slice(mapped.length)}` : bits;
}

function toBits(numbers: string[], radix: number, width: number): string {
  return numbers.map((number) => parseInt(number, radix).toString(2).padStart(width, '0')).join('');
}

/** The first `size` bits of an address that was written as `text`, or `undefined` if it has fewer. */
function networkOf(bits: string, size: number, text: string): string | undefined {
  const length = 1 + size - (text.startsWith('[') && bits.startsWith('4') ? 96 : 0);
  return length > 0 && length <= bits.length ? bits.slice(0, length) : undefined;
}
