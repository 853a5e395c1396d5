import type { Lock } from '../../middleware/auth/refresh/lock.ts';
import { kind } from '../../options/kinds.ts';

/** What a store has under an id. */
export interface StoredData {
  /** As it was saved. */
  readonly data: string;
  /** Another one after each save. */
  readonly version: string;
}

/** How something is saved. */
export interface SaveOptions {
  /** The version that it takes the place of; `undefined`: there must be none. */
  readonly expected: string | undefined;
  /** How long it is kept, in ms; for ever without it. */
  readonly ttl?: number | undefined;
  /**
   * Of the lock under which it is saved: a smaller one than the last that was seen is refused. What
   * was seen ends with what is kept, by `delete` or its `ttl`.
   */
  readonly fence?: number | undefined;
}

/** What a store can do; {@link openSession} makes do with less. */
export interface StoreCapabilities {
  /** It saves only in the place of the version that is expected. */
  readonly compareAndSet: boolean;
  /** It has a lock that reaches as far as it does. */
  readonly lock: boolean;
  /** It forgets by itself what was saved with a `ttl`. */
  readonly ttl: boolean;
  /** Other processes see it. */
  readonly shared: boolean;
}

/**
 * Where sessions are kept, by ids. An id that comes from a visitor's cookie has to be random, of at
 * least 128 bits: who guesses it has the session.
 */
export interface SessionStore {
  /**
   * What is kept under an id, or `undefined`.
   *
   * @throws {StoreError} for what cannot be used.
   */
  load(id: string): Promise<StoredData | undefined>;
  /** Saves, unless somebody else has saved meanwhile: then there is a conflict. */
  save(
    id: string,
    data: string,
    options: SaveOptions,
  ): Promise<{ version: string } | { conflict: true }>;
  /** Forgets an id. */
  delete(id: string): Promise<void>;
  /** For `refresh({ lock })`: one renewal wherever this store is used. */
  readonly lock?: Lock | undefined;
  /** Frees what the store has opened itself. */
  close?(): Promise<void>;
  /** What it can do. */
  readonly capabilities: StoreCapabilities;
}

/** Refuses what lacks a method of a store. */
export const isStore = kind<SessionStore | undefined>(
  'a store, such as memoryStore() gives',
  (store) =>
    [store?.load, store?.save, store?.delete].every((method) => typeof method === 'function') &&
    store?.capabilities &&
    typeof store.capabilities === 'object',
);
