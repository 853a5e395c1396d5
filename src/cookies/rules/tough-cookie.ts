/**
 * tough-cookie, with the list of public suffixes in it. Most programs need neither: Node loads it
 * when a `Domain` attribute asks for the list, or somebody for a `CookieJar`. Where a module cannot
 * be loaded at once, it comes with the library.
 *
 * @module
 */
import type { Cookie, CookieJar, getPublicSuffix } from 'tough-cookie';

/** The parts that are used. */
export interface ToughCookie {
  readonly Cookie: typeof Cookie;
  readonly CookieJar: typeof CookieJar;
  readonly getPublicSuffix: typeof getPublicSuffix;
}

let load: () => ToughCookie;
let loaded: ToughCookie | undefined;

/** Says how the platform comes by tough-cookie. To be called by each entry that has a jar. */
export function provideToughCookie(how: () => ToughCookie): void {
  load = how;
}

/** tough-cookie, loaded by now. */
export function toughCookie(): ToughCookie {
  return (loaded ??= load());
}
