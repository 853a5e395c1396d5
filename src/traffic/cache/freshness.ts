/** Whether a stored response may be used, and how long it is worth keeping (RFC 9111, RFC 5861). */
import { parseHttpDate } from '../../middleware/retry-after.ts';
import { type Directives, readDirectives, secondsOf } from './directives.ts';
import { headerOf } from './stored-response.ts';
import type { StoredResponse } from './cache-store.ts';

/** What of it may be used: as it is; while it is asked for anew; only after it was asked for. */
export type Use = 'fresh' | 'while-revalidating' | 'revalidated';

/** Those that may be stored without a word of the server's (RFC 9110, section 15.1), less 206. */
const heuristicStatuses: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501,
]);

/** A guess of freshness goes no further: in seconds. */
const longestHeuristic = 86_400;

/** One that can be validated is kept so long beyond its time, in seconds. */
const timeToValidate = 7 * 86_400;

/** Any other one is, for who asks for it stale: in seconds. */
const timeToBeStale = 3_600;

/** A stored response with what its headers say of its age, read once. */
export class Freshness {
  readonly #stored: StoredResponse;
  readonly #directives: Directives;
  /** In seconds. */
  readonly #lifetime: number;
  readonly #initialAge: number;

  constructor(stored: StoredResponse) {
    this.#stored = stored;
    this.#directives = readDirectives(headerOf(stored, 'cache-control'));
    const date = dateOf(stored, 'date') ?? stored.responseTime;
    this.#lifetime = this.#readLifetime(date);
    this.#initialAge = initialAge(stored, date);
  }

  /** Whether it may be kept at all (section 3). */
  get storable(): boolean {
    const { status } = this.#stored;
    if (status === 206 || status === 304 || this.#has('no-store')) return false;
    if (headerOf(this.#stored, 'vary')?.includes('*')) return false;
    const isMarked =
      ['max-age', 'public', 'private'].some((name) => this.#has(name)) ||
      headerOf(this.#stored, 'expires') !== undefined;
    return (isMarked || heuristicStatuses.has(status)) && this.timeToLive > 0;
  }

  /** ms that it is worth keeping: a whole number, as stores want one. */
  get timeToLive(): number {
    const fresh = this.#lifetime - this.#initialAge;
    const window = Math.max(
      this.#hasValidator ? timeToValidate : 0,
      this.#window('stale-while-revalidate'),
      this.#window('stale-if-error'),
    );
    if (fresh + window <= 0) return 0;
    return Math.ceil((fresh + Math.max(window, timeToBeStale)) * 1000);
  }

  /** In seconds (section 4.2.3). */
  age(now: number): number {
    return this.#initialAge + Math.max(0, now - this.#stored.responseTime) / 1000;
  }

  /** Seconds that it stays fresh; less than 0: since when it is stale. */
  remaining(now: number): number {
    return this.#lifetime - this.age(now);
  }

  /** RFC 8246: it does not change while it is fresh, whatever one reloads. */
  isImmutable(now: number): boolean {
    return this.#has('immutable') && !this.#has('no-cache') && this.remaining(now) > 0;
  }

  /** What a request with these directives may have of it (section 4). */
  useFor(request: Directives, now: number): Use {
    const remaining = this.remaining(now);
    if (this.#has('no-cache') || request.has('no-cache')) return 'revalidated';
    if (this.#isRefused(request, now)) return 'revalidated';
    if (remaining > 0) return 'fresh';
    if (this.#has('must-revalidate')) return 'revalidated';
    if (-remaining <= maxStale(request)) return 'fresh';
    return -remaining < this.#window('stale-while-revalidate')
      ? 'while-revalidating'
      : 'revalidated';
  }

  /** Whether it may stand in for an error (RFC 5861, section 4). */
  mayReplaceError(request: Directives, now: number): boolean {
    if (this.#has('must-revalidate') || this.#has('no-cache') || request.has('no-cache'))
      return false;
    const own = secondsOf(request, 'stale-if-error');
    if (own === undefined && this.#isRefused(request, now)) return false;
    const window = Math.max(this.#window('stale-if-error'), own ?? 0);
    return window > 0 && -this.remaining(now) < window;
  }

  /** By the age that a request wants at most, or the time that it wants it to stay fresh. */
  #isRefused(request: Directives, now: number): boolean {
    if (this.age(now) > (secondsOf(request, 'max-age') ?? Infinity)) return true;
    return this.remaining(now) < (secondsOf(request, 'min-fresh') ?? -Infinity);
  }

  get #hasValidator(): boolean {
    return ['etag', 'last-modified'].some((name) => headerOf(this.#stored, name) !== undefined);
  }

  #has(name: string): boolean {
    return this.#directives.has(name);
  }

  #window(name: string): number {
    return secondsOf(this.#directives, name) ?? 0;
  }

  /** Section 4.2.1; a guess by section 4.2.2 where the server says nothing. */
  #readLifetime(date: number): number {
    const maxAge = secondsOf(this.#directives, 'max-age');
    if (maxAge !== undefined) return maxAge;
    if (headerOf(this.#stored, 'expires') !== undefined) {
      const expires = dateOf(this.#stored, 'expires') ?? 0;
      return Math.max(0, (expires - date) / 1000);
    }
    const modified = dateOf(this.#stored, 'last-modified') ?? Infinity;
    if (modified > date || !(heuristicStatuses.has(this.#stored.status) || this.#has('public')))
      return 0;
    return Math.min((date - modified) / 10_000, longestHeuristic);
  }
}

/** As it came (section 4.2.3): the more of what its headers say and what its clock does. */
function initialAge(stored: StoredResponse, date: number): number {
  const { requestTime, responseTime } = stored;
  const apparent = Math.max(0, responseTime - date) / 1000;
  const told = Number(/^\d+/.exec(headerOf(stored, 'age') ?? '')?.[0] ?? 0);
  return Math.max(apparent, told + Math.max(0, responseTime - requestTime) / 1000);
}

/** Seconds beyond its time that a request takes; all of them where it does not say how many. */
function maxStale(request: Directives): number {
  return request.get('max-stale') === '' ? Infinity : (secondsOf(request, 'max-stale') ?? -1);
}

function dateOf(stored: StoredResponse, name: string): number | undefined {
  const time = parseHttpDate(headerOf(stored, name) ?? '');
  return Number.isNaN(time) ? undefined : time;
}
