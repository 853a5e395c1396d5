/**
 * Our own reading of `NO_PROXY`, which no standard describes. curl's rules hold where it has one;
 * what it does not know is taken from Go and axios: ports, `*.` and `*` as one entry among others,
 * `/0` for every address, IPv6 in brackets, names that are not in ASCII, IPv4 addresses inside of
 * IPv6.
 *
 * - `example.com` and `.example.com` are the name and every name below it, `*.example.com` only
 *   those below it.
 * - A host that is an address is matched by addresses and networks alone, whatever a name ends in.
 * - `localhost`, 127.0.0.0/8, `::1`, `0.0.0.0` and `::` are one host, this machine, as in axios: an
 *   entry that names one of them, or a network within 127.0.0.0/8, names all (on its port, if it
 *   has one). A wider network does not, and nothing is this machine without an entry, as it is in
 *   Go. For curl and requests each is only itself.
 * - What cannot be read matches nothing.
 */
import { isIPv6 } from 'node:net';
import { contains, parseRange, type Range } from '../connect/ip-address.ts';

/** Whether a host goes without a proxy. `hostname`: as a `URL` has it. */
export type Bypass = (hostname: string, port: number) => boolean;

/** `*`. */
interface AnyEntry {
  readonly kind: 'any';
}

/** `example.com`, `.example.com`: the name itself and those below it. */
interface NameEntry {
  readonly kind: 'name';
  readonly name: string;
  /** With a dot before it. */
  readonly suffix: string;
  readonly isLoopback: boolean;
  readonly port: number | undefined;
}

/** `*.example.com`: the names below it. */
interface SuffixEntry {
  readonly kind: 'suffix';
  readonly suffix: string;
  readonly port: number | undefined;
}

/** `10.0.0.0/8`, `[::1]:8080`: a network, or one address. */
interface NetworkEntry {
  readonly kind: 'network';
  readonly range: Range;
  readonly isLoopback: boolean;
  readonly port: number | undefined;
}

type Entry = AnyEntry | NameEntry | SuffixEntry | NetworkEntry;

/** Where a request goes. */
interface Target extends Host {
  readonly port: number;
}

/** What an entry or a URL names. */
interface Host {
  /** Without the dot at the end. */
  readonly name: string;
  /** Of an address or a network. */
  readonly range: Range | undefined;
  /** This machine. */
  readonly isLoopback: boolean;
}

/** The entries of one text or of several. Commas and white space divide them. */
export function splitNoProxy(value: string | readonly string[]): string[] {
  const texts = typeof value === 'string' ? [value] : value;
  return texts.flatMap((text) => text.split(/[\s,]+/)).filter((entry) => entry !== '');
}

/** Makes the test of a list's entries. It takes time in proportion to the list. */
export function readNoProxy(list: readonly string[]): Bypass {
  const entries = list.map(parseEntry).filter((entry) => entry !== undefined);
  if (entries.length === 0) return () => false;
  return (hostname, port) => {
    const target = { ...parseHost(hostname), port };
    return entries.some((entry) => matches(entry, target));
  };
}

function matches(entry: Entry, target: Target): boolean {
  switch (entry.kind) {
    case 'any':
      return true;
    case 'name':
      return isOnPort(entry, target) && matchesName(entry, target);
    case 'suffix':
      return isOnPort(entry, target) && target.name.endsWith(entry.suffix);
    case 'network':
      return isOnPort(entry, target) && matchesNetwork(entry, target);
  }
}

function isOnPort(entry: { readonly port: number | undefined }, target: Target): boolean {
  return entry.port === undefined || entry.port === target.port;
}

/** No name of a URL ends as an address does, so that none of these matches an address. */
function matchesName(entry: NameEntry, target: Target): boolean {
  if (entry.isLoopback && target.isLoopback) return true;
  return target.name === entry.name || target.name.endsWith(entry.suffix);
}

function matchesNetwork(entry: NetworkEntry, target: Target): boolean {
  if (entry.isLoopback && target.isLoopback) return true;
  return target.range !== undefined && contains(entry.range, target.range);
}

/** An entry in its parts, each as it is written. */
interface EntryText {
  readonly prefix: '' | '.' | '*.';
  /** An IPv6 address in brackets. */
  readonly host: string;
  readonly port: string | undefined;
  /** How many bits the addresses of a network share. */
  readonly prefixLength: string | undefined;
}

const prefixes = ['*.', '.'] as const;

function parseEntry(text: string): Entry | undefined {
  if (text === '*') return { kind: 'any' };
  const parts = splitEntry(text);
  if (!parts) return undefined;
  const { prefix, prefixLength } = parts;

  // A host means what it means in a URL: letter case, 127.1, 0x7f.0.0.1, bücher.example.
  const url = `http://${parts.host}/`;
  if (!URL.canParse(url)) return undefined;
  const { name, range, isLoopback } = parseHost(new URL(url).hostname, prefixLength);
  const port = parts.port === undefined ? undefined : Number(parts.port);

  if (range) return prefix === '' ? { kind: 'network', range, isLoopback, port } : undefined;
  if (prefixLength !== undefined || name === '') return undefined;
  const suffix = `.${name}`;
  if (prefix === '*.') return { kind: 'suffix', suffix, port };
  return { kind: 'name', name, suffix, isLoopback, port };
}

function splitEntry(text: string): EntryText | undefined {
  const prefix = prefixes.find((known) => text.startsWith(known)) ?? '';
  const [authority = '', prefixLength, ...more] = text.slice(prefix.length).split('/');
  if (more.length > 0 || !isNumber(prefixLength)) return undefined;

  // An address of IPv6 without brackets has no port, as its colons would leave it open which.
  if (isIPv6(authority)) return { prefix, host: `[${authority}]`, port: undefined, prefixLength };

  const [, host, port] = /^(\[[^\]]+\]|[^[\]:\\?#@%]+)(?::(\d+))?$/.exec(authority) ?? [];
  if (host === undefined) return undefined;
  if (port !== undefined && prefixLength !== undefined) return undefined;
  return { prefix, host, port, prefixLength };
}

function isNumber(text: string | undefined): boolean {
  return text === undefined || /^\d+$/.test(text);
}

const loopbackRanges = ['127.0.0.0/8', '0.0.0.0', '::', '::1']
  .map(parseRange)
  .filter((range) => range !== undefined);

/** `hostname`: as a `URL` has it. */
function parseHost(hostname: string, prefixLength?: string): Host {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  const address = name.replace(/^\[|\]$/g, '');
  const range = parseRange(prefixLength === undefined ? address : `${address}/${prefixLength}`);
  const isLoopback = range ? isLoopbackRange(range) : name === 'localhost';
  return { name, range, isLoopback };
}

/** All of its addresses are this machine's. */
function isLoopbackRange(range: Range): boolean {
  return loopbackRanges.some((whole) => whole.free >= range.free && contains(whole, range));
}
