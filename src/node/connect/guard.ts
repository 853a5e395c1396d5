/** A guard against requests that a stranger's URL sends into one's own network (SSRF). */
import type { LookupFunction } from 'node:net';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { flag, type Kind, readRecord } from '../../options/kinds.ts';
import { redactUrl } from '../../request/redact.ts';
import { type Address, contains, parseAddress, parseRange, type Range } from './ip-address.ts';

/**
 * Which addresses a transport may connect to. They are judged when they are connected to, after
 * names were resolved and at every redirect and retry, so that neither a name that resolves to
 * something else the next time nor another spelling of an address gets round it.
 */
export interface GuardOptions {
  /**
   * Whether addresses may be connected to that are no host's on the Internet: private, loopback,
   * link-local (where clouds keep their metadata), multicast and reserved ones, in IPv4, in IPv6
   * and in IPv6 around IPv4. Default false; with true only `deny` holds.
   */
  allowPrivate?: boolean | undefined;
  /**
   * Such addresses that may be connected to all the same: single ones or ranges in CIDR notation
   * (`10.1.0.0/16`). Default none.
   */
  allow?: readonly string[] | undefined;
  /** Addresses and ranges that are never connected to, whatever else is said. Default none. */
  deny?: readonly string[] | undefined;
}

interface Rule {
  readonly text: string;
  readonly range: Range;
}

function readRule(text: unknown, name: string): Rule {
  const range = typeof text === 'string' ? parseRange(text) : undefined;
  if (!range)
    throw new InvalidRequestError(
      `${name}: ${JSON.stringify(text)} is no IP address or range of them such as 10.0.0.0/8`,
    );
  return { text: text as string, range };
}

const rules: Kind = (value, name) => {
  if (!Array.isArray(value))
    throw new InvalidRequestError(`${name} must be an array of IP addresses or ranges`);
  return value.map((text) => readRule(text, name));
};

const readers: Record<keyof GuardOptions, Kind> = { allowPrivate: flag, allow: rules, deny: rules };

/**
 * What is no host on the Internet, by IANA's registries of special-purpose addresses and of IPv6
 * address space: the first that matches counts. Ranges that are set apart for a protocol of the
 * network itself are closed whole, with the few addresses in them that can be reached.
 */
const special = Object.entries({
  // Of AWS and most others, of AWS in IPv6, of Alibaba, of Azure. The last would be public.
  'cloud metadata': '169.254.169.254 fd00:ec2::254 100.100.100.200 168.63.129.16',
  unspecified: '0.0.0.0/8 ::',
  loopback: '127.0.0.0/8 ::1',
  private:
    '10.0.0.0/8 100.64.0.0/10 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10 64:ff9b:1::/48',
  'link-local': '169.254.0.0/16 fe80::/10',
  multicast: '224.0.0.0/4 ff00::/8',
  reserved:
    '192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 ' +
    '2001::/23 2001:db8::/32 2002::/16 3fff::/20 ' +
    // Only 2000::/3 has been given to hosts.
    '::/3 4000::/2 8000::/1',
}).flatMap(([kind, texts]) => texts.split(' ').map((text) => ({ kind, ...readRule(text, kind) })));

/** The well-known prefix of NAT64 (RFC 6052). */
const nat64 = readRule('64:ff9b::/96', 'NAT64').range;
const sixToFour = readRule('2002::/16', '6to4').range;

/** The IPv4 address within an IPv6 address. */
function innerOf(address: Address): Address | undefined {
  const shift = contains(nat64, address) ? 0n : contains(sixToFour, address) ? 80n : undefined;
  return shift === undefined
    ? undefined
    : { family: 4, value: BigInt.asUintN(32, address.value >> shift) };
}

/** Judges addresses by {@link GuardOptions}. */
export class Guard {
  readonly #allowPrivate: boolean;
  readonly #allow: readonly Rule[];
  readonly #deny: readonly Rule[];

  constructor(allowPrivate: boolean, allow: readonly Rule[], deny: readonly Rule[]) {
    this.#allowPrivate = allowPrivate;
    this.#allow = allow;
    this.#deny = deny;
  }

  /**
   * Passes an IP address that may be connected to. `host`, a host or URL, is what the message is
   * about.
   *
   * @throws {InvalidRequestError} for any other, and for what is no IP address.
   */
  check(address: string, host: string): void {
    const error = this.#judge(address, host);
    if (error) throw error;
  }

  /**
   * A function like `dns.lookup` that gives only those of `base`'s addresses that may be connected
   * to, or the error of the first when there are none.
   */
  lookup(base: LookupFunction): LookupFunction {
    return (hostname, options, callback) => {
      base(hostname, options, (failure, found, family) => {
        if (failure) {
          callback(failure, found, family);
          return;
        }
        const addresses = typeof found === 'string' ? [{ address: found }] : found;
        const errors = addresses.map(({ address }) => this.#judge(address, hostname));
        const error = errors.includes(undefined) ? undefined : errors[0];
        callback(
          error ?? null,
          typeof found === 'string' ? found : found.filter((_, index) => !errors[index]),
          family,
        );
      });
    };
  }

  #judge(text: string, host: string): InvalidRequestError | undefined {
    const refuse = (why: string): InvalidRequestError =>
      new InvalidRequestError(`The guard refuses ${redactUrl(host)}: ${text} ${why}`);
    const address = parseAddress(text);
    if (!address) return refuse('is no IP address');
    const inner = innerOf(address);
    const denies = ({ range }: Rule): boolean =>
      contains(range, address) || (inner !== undefined && contains(range, inner));
    const denied = this.#deny.find(denies);
    if (denied) return refuse(`stands in guard.deny (${denied.text})`);
    if (this.#allowPrivate || this.#allow.some(({ range }) => contains(range, address)))
      return undefined;
    // NAT64 is as public as what is behind it.
    const judged = inner && contains(nat64, address) ? inner : address;
    const rule = special.find(({ range }) => contains(range, judged));
    return (
      rule &&
      refuse(
        `is ${rule.kind} (${rule.text}); what may be connected to all the same stands in guard.allow`,
      )
    );
  }
}

/**
 * The `guard` option.
 *
 * @throws {InvalidRequestError} for an unknown name and for what is no address.
 */
export function readGuard(value: unknown): Guard {
  const {
    allowPrivate = false,
    allow = [],
    deny = [],
  } = readRecord('guard', readers, value) as {
    allowPrivate?: boolean;
    allow?: Rule[];
    deny?: Rule[];
  };
  return new Guard(allowPrivate, allow, deny);
}
