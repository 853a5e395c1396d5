/**
 * tough-cookie, with the list of public suffixes in it: most programs store no cookie before their
 * first call is answered, so that Node loads it with the first one. Where modules cannot be loaded
 * at once, it comes with the library.
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
