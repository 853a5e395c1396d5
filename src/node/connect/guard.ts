/** A guard against requests that a stranger's URL sends into one's own network (SSRF). */
import type { LookupFunction } from 'node:net';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { flag, type Kind, readRecord } from '../../options/kinds.ts';
import { redactUrl } from '../../request/redact.ts';
import { contains, parseAddress, parseRange, type Range } from './ip-address.ts';
import { embeddedIPv4, specialRangeOf } from './special-addresses.ts';

/**
 * Which addresses a transport may connect to. They are judged when they are connected to, after
 * names were resolved and at every redirect and retry, so that neither a name that resolves to
 * something else the next time nor another spelling of an address gets round it.
 *
 * @example
 *   ```ts
 *   import { Session } from 'isosession';
 *   import { undiciTransport } from 'isosession/node';
 *
 *   // For URLs that users enter: webhooks, previews, feeds.
 *   const outside = new Session({ transport: undiciTransport({ guard: {} }) });
 *   ```
 */
export interface GuardOptions {
  /**
   * Whether addresses may be connected to that are no host's on the Internet: private, loopback,
   * link-local (where clouds keep their metadata), multicast and reserved ones, in IPv4, in IPv6
   * and in IPv6 around IPv4. With `true` only `deny` holds.
   *
   * @default false
   */
  allowPrivate?: boolean | undefined;
  /**
   * Such addresses that may be connected to all the same: single ones or ranges in CIDR notation
   * (`10.1.0.0/16`).
   *
   * @default []
   */
  allow?: readonly string[] | undefined;
  /**
   * Addresses and ranges that are never connected to, whatever else is said.
   *
   * @default []
   */
  deny?: readonly string[] | undefined;
}

/** A range of the user's, and how it was written. */
interface Rule extends Range {
  readonly text: string;
}

/** The options as they were read. */
interface GuardRules {
  readonly allowPrivate?: boolean;
  readonly allow?: readonly Rule[];
  readonly deny?: readonly Rule[];
}

const readRules: Kind = (list, name) => {
  if (!Array.isArray(list))
    throw new InvalidRequestError(`${name} must be an array of IP addresses or ranges`);
  return list.map((text: unknown): Rule => readRule(text, name));
};

function readRule(text: unknown, name: string): Rule {
  const range = typeof text === 'string' ? parseRange(text) : undefined;
  if (!range)
    throw new InvalidRequestError(
      `${name}: ${JSON.stringify(text)} is no IP address or range of them such as 10.0.0.0/8`,
    );
  return { ...range, text: String(text) };
}

const readers: Record<keyof GuardOptions, Kind> = {
  allowPrivate: flag,
  allow: readRules,
  deny: readRules,
};

/** Judges addresses by {@link GuardOptions}. */
export class Guard {
  readonly #allowPrivate: boolean;
  readonly #allow: readonly Rule[];
  readonly #deny: readonly Rule[];

  constructor({ allowPrivate = false, allow = [], deny = [] }: GuardRules) {
    this.#allowPrivate = allowPrivate;
    this.#allow = allow;
    this.#deny = deny;
  }

  /**
   * Why an IP address may not be connected to; `undefined` when it may. `host`, a host or URL, is
   * what the message is about.
   */
  refusal(address: string, host: string): InvalidRequestError | undefined {
    const reason = this.#reasonAgainst(address);
    if (reason === undefined) return undefined;
    return new InvalidRequestError(`The guard refuses ${redactUrl(host)}: ${address} ${reason}`);
  }

  /**
   * A function like `dns.lookup` that gives only those of `base`'s addresses that may be connected
   * to, or the refusal of the first when there are none.
   */
  lookup(base: LookupFunction): LookupFunction {
    return (hostname, options, callback) => {
      base(hostname, options, (failure, found, family) => {
        if (failure) {
          callback(failure, found, family);
        } else if (typeof found === 'string') {
          callback(this.refusal(found, hostname) ?? null, found, family);
        } else {
          const refusals = found.map(({ address }) => this.refusal(address, hostname));
          const permitted = found.filter((_, index) => !refusals[index]);
          callback(permitted.length > 0 ? null : (refusals[0] ?? null), permitted, family);
        }
      });
    };
  }

  #reasonAgainst(text: string): string | undefined {
    const address = parseAddress(text);
    if (!address) return 'is no IP address';

    const embedded = embeddedIPv4(address);
    const denial = this.#deny.find(
      (rule) => contains(rule, address) || (embedded && contains(rule, embedded)),
    );
    if (denial) return `stands in guard.deny (${denial.text})`;

    if (this.#allowPrivate || this.#allow.some((rule) => contains(rule, address))) return undefined;

    const special = specialRangeOf(address);
    if (!special) return undefined;
    const mend = 'what may be connected to all the same stands in guard.allow';
    return `is ${special.kind} (${special.text}); ${mend}`;
  }
}

/**
 * The `guard` option.
 *
 * @throws {InvalidRequestError} for an unknown name and for what is no address.
 */
export function readGuard(value: unknown): Guard {
  return new Guard(readRecord('guard', readers, value));
}
