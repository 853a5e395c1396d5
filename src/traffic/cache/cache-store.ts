import type { Awaitable } from '../../types/context.ts';

/**
 * Where `cache()` keeps responses: by opaque keys, in which URL, cookies and credentials are
 * hashed. What it gives back is checked: a value that is broken is as none, and an error of a store
 * is that, too. It holds responses of users; whoever can write to it can answer their calls.
 *
 * @example
 * ```ts
 * const kept = new Map<string, unknown>();
 * const store: CacheStore = {
 *   get: (key) => kept.get(key),
 *   set: (key, value) => void kept.set(key, value),
 *   delete: (key) => void kept.delete(key),
 * };
 * ```
 */
export interface CacheStore {
  /** The value of a key, or `undefined`. */
  get(key: string): Awaitable<unknown>;
  /** Keeps a value, which is not needed any more after `ttl` ms, a whole number. */
  set(key: string, value: CacheValue, ttl: number): Awaitable<unknown>;
  /** Forgets a key, also one that is not there. */
  delete(key: string): Awaitable<unknown>;
}

/** What a {@link CacheStore} keeps: strings, numbers and one body, which stay as they are. */
export type CacheValue = StoredIndex | StoredResponse;

/** What is known of a URL, whoever asks for it. */
export interface StoredIndex {
  /** Stands in the keys of its responses: without it none is found any more. */
  readonly generation: string;
  /** Names of request headers by which its responses differ, in lower case. */
  readonly vary: readonly string[];
}

/** One response. */
export interface StoredResponse {
  /** The URL that it came from, without a fragment. */
  readonly url: string;
  /** From 200 to 599. */
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  /** Names in lower case and values, without `Set-Cookie` and those of a connection. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The decoded body. */
  readonly body: Uint8Array;
  /** When the request was sent, in ms since 1970. */
  readonly requestTime: number;
  /** When the response came, in ms since 1970. */
  readonly responseTime: number;
}
