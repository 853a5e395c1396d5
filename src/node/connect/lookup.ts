/** The `lookup` option: a function of the user's in the place of `dns.lookup`. */
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { types } from 'node:util';
import { func } from '../../options/kinds.ts';

type LookupCallback = Parameters<LookupFunction>[2];

/** What a function may answer to a lookup. */
type Answer = (error: unknown, found?: unknown) => void;

/**
 * A function like `dns.lookup`, whatever the user's makes of its options and its callback: Node
 * takes an address for a list of characters, and does not catch what is thrown.
 */
export function readLookup(value: unknown, name: string): LookupFunction {
  const base = func(value, name) as (hostname: string, options: object, answer: Answer) => unknown;
  return (hostname, options, callback) => {
    let isAnswered = false;
    const answer: Answer = (error, found) => {
      if (isAnswered) return;
      isAnswered = true;
      settle({ hostname, all: options.all === true, callback }, error, found);
    };
    try {
      watchPromise(base(hostname, options, answer), answer);
    } catch (error) {
      answer(error ?? 'it threw nothing');
    }
  };
}

/** One that is given need not be the answer, but it must not reject unseen. */
function watchPromise(given: unknown, answer: Answer): void {
  if (!types.isPromise(given)) return;
  given.then(
    (value) => {
      if (value !== undefined) answer('it must call its callback, not give a promise');
    },
    (error: unknown) => answer(error ?? 'it threw nothing'),
  );
}

interface Lookup {
  readonly hostname: string;
  /** Node asks for every address. */
  readonly all: boolean;
  readonly callback: LookupCallback;
}

function settle({ hostname, all, callback }: Lookup, error: unknown, found: unknown): void {
  const addresses = error ? [] : readAddresses(found);
  const [first] = addresses ?? [];
  if (error) callback(errorOf(hostname, error), all ? [] : '');
  else if (!addresses)
    callback(failure('ERR_INVALID_IP_ADDRESS', `${hostname} what is no IP address`), all ? [] : '');
  else if (!first) callback(failure('ENOTFOUND', `${hostname} no address`), all ? [] : '');
  else if (all) callback(null, addresses);
  else callback(null, first.address, first.family);
}

/** One address or many, as texts or as records of them; `undefined` of anything else. */
function readAddresses(found: unknown): LookupAddress[] | undefined {
  const list: readonly unknown[] = Array.isArray(found) ? found : [found];
  const addresses: LookupAddress[] = [];
  for (const item of list) {
    const address = typeof item === 'object' && item && 'address' in item ? item.address : item;
    const family = typeof address === 'string' ? isIP(address) : 0;
    if (family === 0) return undefined;
    addresses.push({ address: address as string, family });
  }
  return addresses;
}

function failure(code: string, what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`lookup gave ${what}`), { code });
}

/** What it fails by may be anything. */
function errorOf(hostname: string, error: unknown): NodeJS.ErrnoException {
  if (error instanceof Error) return error;
  return new Error(`lookup failed for ${hostname}: ${String(error)}`, { cause: error });
}
