/** The `cache` modes of Fetch, and what caches on the way are told by them. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';

const modes = [
  'default',
  'no-store',
  'reload',
  'no-cache',
  'force-cache',
  'only-if-cached',
] as const;

export type CacheMode = (typeof modes)[number];

/** @throws {InvalidRequestError} for what is no mode. */
export function readCacheMode(given: unknown = 'default'): CacheMode {
  const mode = modes.find((known) => known === given);
  if (mode) return mode;
  throw new InvalidRequestError(isDevelopment ? `cache must be ${modes.join(' or ')}` : 'cache');
}

const fresh = { pragma: 'no-cache', 'cache-control': 'no-cache' };

/** The headers of a mode (Fetch, HTTP-network-or-cache fetch), unless the caller has set them. */
export const cacheModeHeaders: Partial<Record<CacheMode, Readonly<Record<string, string>>>> = {
  'no-cache': { 'cache-control': 'max-age=0' },
  'no-store': fresh,
  reload: fresh,
};
