/**
 * A tough-cookie jar with a store that is not ours, synchronous or not. It is known by its methods:
 * its copy of tough-cookie need not be ours.
 *
 * @module
 */
import type { Cookie } from 'tough-cookie';
import type { UrlParts } from '../request/url.ts';
import type { Awaitable } from '../types/context.ts';
import type { CookieJarLike } from '../types/cookies.ts';
import { CookieStore } from './rules/cookie-store.ts';
import { siteOf } from './rules/cookie-site.ts';
import { type CookiePlace, type StoredCookie, asToughCookie } from './rules/stored-cookie.ts';
import { retrieveCookies, toCookieHeader } from './rules/retrieval.ts';
import { storeSetCookies } from './rules/storage-model.ts';
import type { SharedJar } from './shared-jar.ts';

type Change = { put: Cookie; old: StoredCookie | undefined } | { remove: StoredCookie };

/**
 * Cookies that were read from a custom store, and the changes that are to be written back. Others
 * may change the store at any time, so it is read anew for each task.
 */
class WorkingCopy extends CookieStore {
  readonly changes: Change[] = [];

  constructor(cookies: readonly Cookie[]) {
    super();
    for (const cookie of cookies) super.put(cookie, undefined);
  }

  override put(cookie: StoredCookie, old: StoredCookie | undefined): void {
    const tough = asToughCookie(cookie);
    // The others in the store were counted by tough-cookie.
    if (old) tough.creationIndex = old.creationIndex;
    super.put(tough, undefined);
    this.changes.push({ put: tough, old });
  }

  override remove(cookie: StoredCookie): boolean {
    this.changes.push({ remove: cookie });
    return super.remove(cookie);
  }

  /** tough-cookie's stores tell cookies of one name apart by domain and path alone. */
  protected override keyOf({ path, key }: CookiePlace): string {
    return `${path ?? '/'};${key}`;
  }
}

/** A jar with a custom store. */
export class CustomJar implements SharedJar {
  // Private, as what holds cookies must not be printed.
  readonly #jar: CookieJarLike;
  readonly store = undefined;

  constructor(jar: CookieJarLike) {
    this.#jar = jar;
  }

  get jar(): CookieJarLike {
    return this.#jar;
  }

  get size(): number {
    const count = this.run(undefined, ({ size }) => size);
    if (typeof count === 'number') return count;
    count.catch(() => undefined);
    return 0;
  }

  headerFor(url: UrlParts): Awaitable<string> {
    const site = siteOf(url);
    return this.run(site.host, (store) => toCookieHeader(retrieveCookies(store, site, Date.now())));
  }

  storeResponse(url: UrlParts, lines: readonly string[]): Awaitable<void> {
    const site = siteOf(url);
    return this.run(undefined, (store) => {
      storeSetCookies(store, lines, site, Date.now());
    });
  }

  /** Reads the cookies, lets the task work on them, and writes back what it changed. */
  run<T>(host: string | undefined, task: (store: CookieStore) => T): Awaitable<T> {
    const { store } = this.#jar;
    return after(host === undefined ? readAll(store) : readFor(store, host), (cookies) => {
      const copy = new WorkingCopy(cookies);
      const result = task(copy);
      return after(write(store, copy.changes, 0), () => result);
    });
  }
}

/** Whether a value is tough-cookie's `CookieJar` or of its shape. */
export function isCookieJar(value: unknown): value is CookieJarLike {
  return (
    hasMethods(value, ['setCookie', 'getCookies', 'getCookieString', 'removeAllCookies']) &&
    'store' in value &&
    hasMethods(value.store, ['findCookies', 'putCookie', 'removeCookie', 'getAllCookies'])
  );
}

function hasMethods(value: unknown, names: readonly string[]): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}

/** Continues at once with a value, later with a promise. */
function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
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
  if ('remove' in change) {
    const { domain, path, key } = change.remove;
    return call(store, 'removeCookie', [domain, path, key]);
  }
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
  const callback = (error: unknown, result: T): void => {
    settled ??= { error, result };
    settle?.(settled);
  };
  // That it has the methods was asked when it was handed over.
  const run: unknown = Reflect.get(store, method);
  const returned: unknown =
    typeof run === 'function' ? Reflect.apply(run, store, [...args, callback]) : undefined;
  if (settled) {
    if (settled.error) throw settled.error;
    return settled.result;
  }
  return new Promise<T>((resolve, reject) => {
    settle = ({ error, result }) => {
      if (error) reject(error);
      else resolve(result);
    };
    // What a method returns is not its answer, but its failure is one: without this an async method
    // that throws would hang the call.
    Promise.resolve(returned).catch(reject);
  });
}
