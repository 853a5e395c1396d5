/**
 * A tough-cookie store of somebody else's, synchronous or not, known by its methods: its copy of
 * tough-cookie need not be ours.
 *
 * @module
 */
import type { Cookie } from 'tough-cookie';
import type { Awaitable } from '../types/context.ts';
import { CookieIndex } from './cookie-index.ts';

type StoreMethod = (...args: unknown[]) => unknown;
type Change = { put: Cookie; old: Cookie | undefined } | { remove: Cookie };

/** Cookies that were read from a store, and the changes that are to be written back. */
class Draft extends CookieIndex {
  readonly changes: Change[] = [];

  constructor(cookies: readonly Cookie[]) {
    super(false);
    for (const cookie of cookies) super.put(cookie);
  }

  override put(cookie: Cookie, old?: Cookie): void {
    super.put(cookie);
    this.changes.push({ put: cookie, old });
  }

  override remove(cookie: Cookie): void {
    super.remove(cookie);
    this.changes.push({ remove: cookie });
  }
}

/**
 * Reads cookies (those that matter to `host`, or all), lets `task` work on them, and writes back
 * what it changed.
 */
export function withForeignStore<T>(
  store: object,
  host: string | undefined,
  task: (cookies: Draft) => T,
): Awaitable<T> {
  return after(host === undefined ? readAll(store) : readFor(store, host), (cookies) => {
    const draft = new Draft(cookies);
    const result = task(draft);
    return after(write(store, draft.changes, 0), () => result);
  });
}

/** Continues at once with a value, later with a promise. */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function readAll(store: object): Awaitable<Cookie[]> {
  return call<Cookie[]>(store, 'getAllCookies', []);
}

function readFor(store: object, host: string): Awaitable<Cookie[]> {
  try {
    const found = call<Cookie[]>(store, 'findCookies', [host, null, true]);
    return found instanceof Promise ? found.catch(() => readAll(store)) : found;
  } catch {
    // tough-cookie's own store throws for a bare special-use host such as `test`.
    return readAll(store);
  }
}

function write(store: object, changes: readonly Change[], from: number): Awaitable<void> {
  for (let i = from; i < changes.length; i++) {
    const done = writeOne(store, changes[i]);
    if (done instanceof Promise) return done.then(() => write(store, changes, i + 1));
  }
}

function writeOne(store: object, change: Change): Awaitable<unknown> {
  if ('remove' in change)
    return call(store, 'removeCookie', [
      change.remove.domain,
      change.remove.path,
      change.remove.key,
    ]);
  const { put, old } = change;
  return old && 'updateCookie' in store
    ? call(store, 'updateCookie', [old, put])
    : call(store, 'putCookie', [put]);
}

/**
 * Calls a method the way tough-cookie's `CookieJar` does, with a callback: a store that answers at
 * once gives a value, another a promise.
 */
function call<T>(store: object, method: string, args: unknown[]): Awaitable<T> {
  let settled: { error: unknown; result: T } | undefined;
  let settle: ((outcome: { error: unknown; result: T }) => void) | undefined;
  const returned = (store as Record<string, StoreMethod>)[method]?.call(
    store,
    ...args,
    (error: unknown, result: T) => {
      settled ??= { error, result };
      settle?.(settled);
    },
  );
  if (settled) {
    if (settled.error) throw settled.error;
    return settled.result;
  }
  return new Promise<T>((resolve, reject) => {
    settle = ({ error, result }) => (error ? reject(error) : resolve(result));
    // What a method returns is not its answer, but its failure is one: without this an async method
    // that throws would hang the call.
    Promise.resolve(returned).catch(reject);
  });
}
