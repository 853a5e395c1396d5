/** The `cache` modes of Fetch, and what caches on the way are told by them. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { Outgoing } from '../model.ts';
import { getHeader } from './headers.ts';

const modes = [
  'default',
  'no-store',
  'reload',
  'no-cache',
  'force-cache',
  'only-if-cached',
] as const;

export type CacheMode = (typeof modes)[number];

const conditions = [
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'if-match',
  'if-range',
];

/**
 * The mode of a request (Fetch, HTTP-network-or-cache fetch): who asks by a condition of its own
 * wants to see what becomes of it, and no cache's answer. Below a cache, whose conditions may be
 * its own, `cache` is `undefined` and not absent.
 *
 * @throws {InvalidRequestError} for what is no mode.
 */
export function cacheModeOf({ headers, options: { init } }: Outgoing): CacheMode {
  if ('cache' in init && init.cache === undefined) return 'default';
  const mode = readCacheMode(init.cache);
  const isConditional = conditions.some((name) => getHeader(headers, name) !== undefined);
  return mode === 'default' && isConditional ? 'no-store' : mode;
}

function readCacheMode(given: unknown = 'default'): CacheMode {
  const mode = modes.find((known) => known === given);
  if (mode) return mode;
  throw new InvalidRequestError(isDevelopment ? `cache must be ${modes.join(' or ')}` : 'cache');
}

/** Whether it must not be sent, but be answered out of a cache (RFC 9111, section 5.2.1.7). */
export function isForCacheAlone({ headers, options }: Outgoing): boolean {
  const only = 'only-if-cached';
  return (
    options.init.cache === only || Boolean(getHeader(headers, 'cache-control')?.includes(only))
  );
}

const fresh = { pragma: 'no-cache', 'cache-control': 'no-cache' };

/** The headers of a mode (Fetch, HTTP-network-or-cache fetch), unless the caller has set them. */
export const cacheModeHeaders: Partial<Record<CacheMode, Readonly<Record<string, string>>>> = {
  'no-cache': { 'cache-control': 'max-age=0' },
  'no-store': fresh,
  reload: fresh,
};
