import type { UrlParts } from '../request/url.ts';
import type { Awaitable } from '../types/context.ts';
import type { CookieJarLike } from '../types/cookies.ts';
import { version } from '../version.ts';
import type { CookieStore } from './rules/cookie-store.ts';

/** The cookies of a session. */
interface JarCookies {
  readonly shared: SharedJar;
}

/** The key of what says that they are. */
export const sharesJar = Symbol.for(`isosession.jar ${version}`);

/** Whether they are, of any copy of this version. */
export const isSessionJar = (cookies: object | undefined): cookies is JarCookies =>
  sharesJar in Object(cookies);

/**
 * The cookies that sessions share. Only a custom store that does not answer at once makes promises
 * of the answers: whoever has a store of ours need not wait, which a call would feel on every hop.
 */
export interface SharedJar {
  /** The same cookies as tough-cookie knows them. */
  readonly jar: CookieJarLike;
  /** The store, where it is one of ours. */
  readonly store: CookieStore | undefined;
  /** How many there are; 0 where that cannot be told at once. */
  readonly size: number;
  /** The `cookie` header of one hop, `''` for none, one character a byte. */
  headerFor(url: UrlParts): Awaitable<string>;
  /** Stores the `Set-Cookie` lines of one hop. */
  storeResponse(url: UrlParts, lines: readonly string[]): Awaitable<void>;
  /** Runs a task over the cookies. `host`: only its cookies are needed. */
  run<T>(host: string | undefined, task: (store: CookieStore) => T): Awaitable<T>;
}
