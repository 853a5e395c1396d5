/** What a store has, found and kept: of each URL an index, and by that its responses. */
import type { Cancellation } from '../../cancellation/cancellation.ts';
import type { Outgoing } from '../../model.ts';
import { CacheKeys } from './cache-key.ts';
import type { CacheStore, CacheValue, StoredIndex, StoredResponse } from './cache-store.ts';
import { Freshness } from './freshness.ts';
import { headerOf, readStoredIndex, readStoredResponse } from './stored-response.ts';

/** A stored response, and what its headers say. */
export interface Kept {
  readonly stored: StoredResponse;
  readonly freshness: Freshness;
}

/** What was there when a request came. */
export interface Lookup {
  readonly index: StoredIndex | undefined;
  /** The one that responses to it are kept under. */
  readonly generation: string;
  readonly kept: Kept | undefined;
  /** When that was, to tell what was forgotten since. */
  readonly time: number;
}

/** ms that an index is kept, at least: without it no response is found. */
const indexTime = 30 * 86_400_000;

/** A server that names more headers has no answer that comes again. */
const maxVary = 32;

export class StoredResponses {
  readonly #store: CacheStore;
  readonly #keys = new CacheKeys();
  /** What was read already: a store in memory gives the same object each time. */
  readonly #read = new WeakMap<object, Kept>();
  readonly #forgotten = new ForgottenUrls();

  constructor(store: CacheStore) {
    this.#store = store;
  }

  /** A store that fails has nothing; one that is silent is waited for as long as the call is. */
  async find(request: Outgoing): Promise<Lookup> {
    const { time } = this.#forgotten;
    const { url, cancellation } = request;
    const index = readStoredIndex(await this.#get(await this.#keys.ofUrl(url.href), cancellation));
    if (!index) return { index, generation: crypto.randomUUID(), kept: undefined, time };
    const key = await this.#keys.ofResponse(request, index);
    const kept = this.#keptOf(await this.#get(key, cancellation), url.href);
    return { index, generation: index.generation, kept, time };
  }

  /**
   * Works out the key of a response that is to be kept when its body is here: hashing takes turns
   * of the loop, in which whoever has read the body may ask again.
   */
  async expect(request: Outgoing, found: Lookup, stored: StoredResponse): Promise<void> {
    const { index, generation } = found;
    await this.#keys.ofResponse(request, { generation, vary: withVary(index, stored) });
  }

  /**
   * Keeps a response, unless its URL was forgotten since its request came. In a store that answers
   * at once it is found at once.
   */
  keep(request: Outgoing, found: Lookup, stored: StoredResponse): void | Promise<void> {
    const { url, cancellation } = request;
    return onceHere(this.#keys.ofUrl(url.href), (key) =>
      onceHere(this.#get(key, cancellation), (value) => {
        const current = readStoredIndex(value);
        if (this.#isForgotten(url.href, found, current)) return undefined;
        const generation = current?.generation ?? found.generation;
        const index = { generation, vary: withVary(current, stored) };
        if (index.vary.length > maxVary) return undefined;
        return this.#keepBy(current, index, key, { request, stored });
      }),
    );
  }

  #keepBy(
    current: StoredIndex | undefined,
    index: StoredIndex,
    urlKey: string,
    { request, stored }: { request: Outgoing; stored: StoredResponse },
  ): void | Promise<void> {
    const kept = { stored, freshness: new Freshness(stored) };
    const ttl = kept.freshness.timeToLive;
    if (current?.vary.length !== index.vary.length)
      this.#set(urlKey, index, Math.max(ttl, indexTime));
    this.#read.set(stored, kept);
    return onceHere(this.#keys.ofResponse(request, index), (key) => this.#set(key, stored, ttl));
  }

  #isForgotten(url: string, { index, time }: Lookup, current: StoredIndex | undefined): boolean {
    if (this.#forgotten.hasSince(url, time)) return true;
    return index !== undefined && index.generation !== current?.generation;
  }

  /** No response of this URL is found any more, whoever asks. */
  async forget(url: string): Promise<void> {
    this.#forgotten.add(url);
    try {
      await this.#store.delete(await this.#keys.ofUrl(url));
    } catch {
      // As what cannot be found: the store is not there.
    }
  }

  #keptOf(value: unknown, url: string): Kept | undefined {
    const known = this.#read.get(Object(value));
    if (known) return known;
    const stored = readStoredResponse(value, url);
    if (!stored) return undefined;
    const kept = { stored, freshness: new Freshness(stored) };
    this.#read.set(Object(value), kept);
    return kept;
  }

  /** Rejects only with the reason of the cancellation. */
  #get(key: string, cancellation: Cancellation): unknown {
    try {
      const value = this.#store.get(key);
      if (!(value instanceof Promise)) return value;
      return cancellation.within(value).catch(() => {
        if (cancellation.aborted) throw cancellation.reason;
        return undefined;
      });
    } catch {
      return undefined;
    }
  }

  /** The response is the caller's, be it kept or not. */
  #set(key: string, value: CacheValue, ttl: number): void {
    try {
      const setting = this.#store.set(key, value, ttl);
      if (setting instanceof Promise) setting.catch(() => undefined);
    } catch {
      // A store that fails keeps nothing.
    }
  }
}

/** Goes on with a value: at once where it is here. */
function onceHere<T, U>(value: T | Promise<T>, goOn: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}

/** So many URLs are remembered. */
const maxForgotten = 1000;

/** The URLs that were forgotten last: what was asked for before is not kept after that. */
class ForgottenUrls {
  /** The one that was forgotten first stands first. */
  readonly #times = new Map<string, number>();
  /** Counts the URLs. */
  time = 0;
  #firstKnown = 0;

  add(url: string): void {
    this.#times.delete(url);
    this.#times.set(url, ++this.time);
    for (const [oldest, time] of this.#times) {
      if (this.#times.size <= maxForgotten) break;
      this.#times.delete(oldest);
      this.#firstKnown = time;
    }
  }

  /** Whether it was forgotten since, or may have been. */
  hasSince(url: string, time: number): boolean {
    return time < this.#firstKnown || (this.#times.get(url) ?? 0) > time;
  }
}

/** The names by which responses of a URL differ, those of another one among them. */
function withVary(index: StoredIndex | undefined, stored: StoredResponse): string[] {
  const names = (headerOf(stored, 'vary') ?? '').toLowerCase().split(',');
  const own = names.map((name) => name.trim()).filter(Boolean);
  return [...new Set([...(index?.vary ?? []), ...own])].sort();
}
