import { isDevelopment } from '../../development.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { isKept } from '../../middleware/internal-middleware.ts';
import { middlewareOf } from '../../middleware/middleware-of.ts';
import { count, kind, readRecord } from '../../options/kinds.ts';
import type { Middleware } from '../../types/middleware.ts';
import type { CacheStore } from './cache-store.ts';
import { HttpCache } from './http-cache.ts';
import { memoryCache } from './memory-cache.ts';

/** Options of {@link cache}. */
export interface CacheOptions {
  /**
   * Where responses are kept. Sessions that share one share what is kept for one identity.
   *
   * @default memoryCache()
   */
  store?: CacheStore | undefined;
  /**
   * The most entries in the default store: of each URL its responses, and a note. So about 500
   * responses of as many URLs by default.
   *
   * @default 1000
   */
  maxEntries?: number | undefined;
  /**
   * Of a body with more decoded bytes nothing is kept.
   *
   * @default 5 MiB
   */
  maxSize?: number | undefined;
}

/** A middleware that caches. */
export interface HttpCacheMiddleware extends Middleware {
  readonly around: 'hop';
}

/**
 * A private HTTP cache (RFC 9111) of what the server allows to be kept, on the `hop` ring. Every
 * `cache` mode of Fetch then means something. What is kept is kept for one identity: the cookies
 * that would be sent, the credentials and every other header that is not known to be harmless are
 * part of the key. It stands last on its ring: where middleware that is used after it adds
 * credentials or leads elsewhere, nothing is kept. Requests with `Range`, conditions or `integrity`
 * of their own are left alone.
 *
 * Where a host follows redirects itself, as browsers do, it has a cache of its own: there this does
 * nothing.
 *
 * @throws {InvalidRequestError} for an option that does not exist or has a wrong value.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { cache } from 'isosession/middleware';
 *
 * const session = new Session({ baseUrl: 'https://api.example.com/' });
 * session.use(cache());
 * const response = await session.get('items');
 * console.log(response.headers.get('cache-status')); // null, later: isosession; hit; ttl=59
 * ```
 */
export function cache(options: CacheOptions = {}): HttpCacheMiddleware {
  const given = readRecord<CacheOptions>('cache', kinds, options);
  const { store, maxEntries, maxSize = 5 * 2 ** 20 } = given;
  if (store && maxEntries !== undefined)
    throw new InvalidRequestError(
      isDevelopment ? 'cache: maxEntries is for the default store: give it to yours' : 'maxEntries',
    );
  const http = new HttpCache(store ?? memoryCache({ maxEntries }), maxSize);
  const middleware = middlewareOf((request, next) => http.handle(request, next));
  return Object.assign(middleware, { around: 'hop', [isKept]: false } as const);
}

const kinds = {
  store: kind<CacheStore>(
    isDevelopment && 'a store such as memoryCache() or keyvCache(keyv) gives',
    (store) =>
      [store?.get, store?.set, store?.delete].every((method) => typeof method === 'function'),
  ),
  maxEntries: count,
  maxSize: count,
};
