/**
 * Our own reading of `NO_PROXY`, which no standard describes. curl's rules hold where it has one;
 * what it does not know is taken from Go and axios: ports, `*.` and `*` as one entry among others,
 * `/0` for every address, IPv6 in brackets, names that are not in ASCII, IPv4 addresses inside of
 * IPv6.
 *
 * - `example.com` and `.example.com` are the name and every name below it, `*.example.com` only
 * those below it.
 * - A host that is an address is matched by addresses and networks alone, whatever a name ends in.
 * - `localhost`, 127.0.0.0/8, `::1`, `0.0.0.0` and `::` are one host, this machine, as in axios: an
 * entry that names one of them, or a network within 127.0.0.0/8, names all (on its port, if it has
 * one). A wider network does not, and nothing is this machine without an entry, as it is in Go. For
 * curl and requests each is only itself.
 * - What cannot be read matches nothing.
 */
import { isIPv6 } from 'node:net';
import { contains, parseRange, type Range } from '../connect/ip-address.ts';

/** Whether a host goes without a proxy. `hostname`: as a `URL` has it. */
export type Bypass = (hostname: string, port: number) => boolean;

/** Where a target is, or what an entry names. */
interface Host {
  /** Without the dot at the end. */
  readonly name: string;
  /** Of an address or a network. */
  readonly range: Range | undefined;
  readonly isLoopback: boolean;
}

/** The entries of one text or of several. Commas and white space divide them. */
export function splitNoProxy(value: string | readonly string[]): string[] {
  return [value]
    .flat()
    .join()
    .split(/[\s,]+/)
    .filter(Boolean);
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

function readEntry(entry: string): ((host: Host, port: number) => boolean | undefined) | undefined {
  if (entry === '*') return () => true;
  const bracketed = entry.replace(/^[^/]*/, (text) => (isIPv6(text) ? `[${text}]` : text));
  const [, dots, text, port, size] =
    /^(\*?\.)?(\[[^\]]+\]|[^[\]:/\\?#@%]+)(?::(\d+)|\/(\d+))?$/.exec(bracketed) ?? [];
  // A host means what it means in a URL: letter case, 127.1, 0x7f.0.0.1, bücher.example.
  const url = `http://${text}/`;
  if (!text || !URL.canParse(url)) return undefined;
  const { name, range, isLoopback } = readHost(new URL(url).hostname, size && `/${size}`);
  const isOpen = (at: number) => port === undefined || Number(port) === at;
  if (range)
    return dots
      ? undefined
      : (host, at) =>
          isOpen(at) &&
          ((host.range && contains(range, host.range)) || (isLoopback && host.isLoopback));
  if (size || !name) return undefined;
  // No name of a URL ends as an address does.
  const isBelowOnly = dots === '*.';
  const suffix = `.${name}`;
  return (host, at) =>
    isOpen(at) &&
    ((isBelowOnly ? host.name : `.${host.name}`).endsWith(suffix) ||
      (isLoopback && !isBelowOnly && host.isLoopback));
}

const loopback = ['127.0.0.0/8', '0.0.0.0', '::', '::1'].map(parseRange) as Range[];

/** `length`: that of a network, with its slash. */
function readHost(hostname: string, length = ''): Host {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  const range = parseRange(name.replace(/^\[|\]$/g, '') + length);
  const isLoopback = range
    ? loopback.some((whole) => whole.free >= range.free && contains(whole, range))
    : name === 'localhost';
  return { name, range, isLoopback };
}
