import type { Cookie } from 'tough-cookie';
import type { Awaitable } from '../types/context.ts';
import type {
  CookieAccess,
  CookieJarLike,
  CookieRecord,
  CookieRejection,
  SessionCookies,
} from '../types/cookies.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import type { UrlParts } from '../request/url.ts';
import { readRecord, toRecord } from './cookie-record.ts';
import type { CookieCollection } from './cookie-index.ts';
import { expiryOf } from './cookie-limits.ts';
import { type CookieSite, siteOf } from './cookie-site.ts';
import { JarCore } from './jar-core.ts';
import { parseSetCookie } from './set-cookie.ts';
import { cookiesFor, olderFirst, serializeCookies, storeCookie } from './storage-model.ts';

/** The most `Set-Cookie` lines of one response that are looked at. */
const maxLines = 50;

/**
 * The cookies of a session in Node and at the edge: a tough-cookie `CookieJar` under the rules of
 * RFC 6265bis.
 */
export class SessionJar implements SessionCookies {
  #core: JarCore;
  readonly #baseUrl: () => URL | undefined;

  /**
   * @param source - `undefined`: a new jar. A {@link SessionJar}: the same cookies. A tough-cookie
   * jar of any store: it holds the cookies.
   * @param baseUrl - gives the URL that is meant where none is named
   * @throws {InvalidRequestError} for anything else, such as a record of names and values.
   */
  constructor(source: CookieJarLike | SessionJar | undefined, baseUrl: () => URL | undefined) {
    if (source === undefined) this.#core = new JarCore();
    else if (source instanceof SessionJar) this.#core = source.#core;
    else if (isCookieJar(source)) this.#core = new JarCore(source);
    else
      throw new InvalidRequestError(
        'cookies must be the cookies of another session, a tough-cookie CookieJar or false: to set cookies, use session.cookies.set()',
      );
    this.#baseUrl = baseUrl;
  }

  get jar(): CookieJarLike {
    return this.#core.jar;
  }

  /** Cookies in the jar; 0 for a store that does not answer at once. */
  get size(): number {
    return this.#core.size;
  }

  /**
   * The `cookie` header of one hop, `''` for none; a promise only for a store that does not answer
   * at once.
   */
  headerFor(url: UrlParts): string | Promise<string> {
    return this.#core.headerFor(url);
  }

  /** Stores the `Set-Cookie` lines of one hop in their order; what the rules refuse is dropped. */
  storeResponse(url: UrlParts, lines: readonly string[]): void | Promise<void> {
    if (lines.length === 0) return;
    const site = siteOf(url, true);
    return this.#core.run(undefined, (cookies) => {
      const now = Date.now();
      for (const line of lines.slice(0, maxLines)) {
        const candidate = parseSetCookie(line, now);
        if (typeof candidate !== 'string') storeCookie(cookies, candidate, site, now);
      }
    });
  }

  /**
   * An independent jar with the same cookies.
   *
   * @throws {UnsupportedError} for a store that does not answer at once.
   */
  copy(baseUrl: () => URL | undefined): SessionJar {
    const core = this.#core.copy();
    if (core instanceof Promise) {
      core.catch(() => {});
      throw new UnsupportedError(
        "cookies: 'copy' needs a store that answers at once: hand over what export() gives to import() of new cookies",
      );
    }
    const copy = new SessionJar(undefined, baseUrl);
    copy.#core = core;
    return copy;
  }

  async get(
    name: string,
    url?: string | URL,
    access?: CookieAccess,
  ): Promise<CookieRecord | undefined> {
    const [cookie] = await this.#named(name, url, access, (found) => found.map(toRecord));
    return cookie;
  }

  async getAll(url?: string | URL, access?: CookieAccess): Promise<CookieRecord[]> {
    const site = this.#site(url, access);
    return this.#core.run(site?.host, (cookies) =>
      this.#visible(cookies, site, access).map(toRecord),
    );
  }

  async set(
    cookie: string | CookieRecord,
    url?: string | URL,
    access?: CookieAccess,
  ): Promise<CookieRecord | { rejected: CookieRejection }> {
    // `set('a', 'b')` would be a cookie without a name at the path `b`.
    if (
      typeof cookie === 'string' &&
      !cookie.includes('=') &&
      typeof url === 'string' &&
      /^[^/:]*$/.test(url)
    ) {
      throw new InvalidRequestError(
        `${JSON.stringify(cookie.slice(0, 80))} is no cookie: the first argument is 'name=value' or a record, the second the URL it is for`,
      );
    }
    const now = Date.now();
    const candidate =
      typeof cookie === 'string' ? parseSetCookie(cookie, now) : readRecord(cookie, false);
    let site = this.#site(url, access);
    if (typeof candidate === 'string') return { rejected: candidate };
    if (!site && typeof cookie !== 'string' && candidate.domain !== '')
      site = homeOf(candidate.domain, isHttp(access));
    if (!site)
      throw new InvalidRequestError(
        'A cookie is set at a URL: pass one, give the record a domain, or give the session a baseUrl',
      );
    const at = site;
    return this.#core.run(undefined, (cookies) => {
      const stored = storeCookie(cookies, candidate, at, now);
      return typeof stored === 'string' ? { rejected: stored } : toRecord(stored);
    });
  }

  async delete(name: string, url?: string | URL, access?: CookieAccess): Promise<boolean> {
    return this.#named(name, url, access, (found, cookies) => {
      for (const cookie of found) cookies.remove(cookie);
      return found.length > 0;
    });
  }

  async clear(): Promise<void> {
    await this.#core.jar.removeAllCookies();
  }

  async header(url?: string | URL, access?: CookieAccess): Promise<string> {
    const site = this.#site(url, access);
    if (!site)
      throw new InvalidRequestError(
        'A cookie header is for a URL: pass one, or give the session a baseUrl',
      );
    return this.#core.run(site.host, (cookies) =>
      serializeCookies(this.#visible(cookies, site, access), false),
    );
  }

  async export(): Promise<CookieRecord[]> {
    return this.#core.run(undefined, (cookies) =>
      this.#visible(cookies, undefined, undefined).map(toRecord),
    );
  }

  async import(
    records: readonly CookieRecord[],
  ): Promise<{ record: CookieRecord; rejected: CookieRejection }[]> {
    if (!Array.isArray(records))
      throw new InvalidRequestError('import takes an array of cookie records');
    const now = Date.now();
    return this.#core.run(undefined, (cookies) => {
      const refused: { record: CookieRecord; rejected: CookieRejection }[] = [];
      for (const record of records as readonly CookieRecord[]) {
        const rejected = restore(cookies, record, this.#baseUrl(), now);
        if (rejected !== undefined) refused.push({ record, rejected });
      }
      return refused;
    });
  }

  /** Names and where they go, never values. */
  toJSON(): { cookies: { name: string; domain: string | null; path: string | null }[] } {
    const cookies = this.#core.run(undefined, (shelf) =>
      [...shelf.all()]
        .sort(olderFirst)
        .map(({ key, domain, path }) => ({ name: key, domain, path })),
    );
    if (!(cookies instanceof Promise)) return { cookies };
    cookies.catch(() => undefined);
    return { cookies: [] };
  }

  /** For `util.inspect`: as {@link toJSON}. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `SessionCookies { ${this.toJSON()
      .cookies.map(({ name, domain, path }) => `${name} (${domain}${path})`)
      .join(', ')} }`;
  }

  /**
   * Cookies of one name: at a URL those that would be sent there, without any URL the only one in
   * the jar.
   */
  #named<T>(
    name: string,
    url: string | URL | undefined,
    access: CookieAccess | undefined,
    use: (found: Cookie[], cookies: CookieCollection) => T,
  ): Awaitable<T> {
    if (typeof name !== 'string') throw new InvalidRequestError('The name of a cookie is a string');
    const site = this.#site(url, access);
    return this.#core.run(site?.host, (cookies) => {
      const found = this.#visible(cookies, site, access).filter((cookie) => cookie.key === name);
      if (!site && found.length > 1)
        throw new InvalidRequestError(
          `${found.length} cookies are named ${JSON.stringify(name)}: pass a URL, or give the session a baseUrl`,
        );
      return use(found, cookies);
    });
  }

  #visible(
    cookies: CookieCollection,
    site: CookieSite | undefined,
    access: CookieAccess | undefined,
  ): Cookie[] {
    const now = Date.now();
    if (site) return cookiesFor(cookies, site, now, site.path);
    return [...cookies.all()]
      .filter((cookie) => expiryOf(cookie) > now && (isHttp(access) || !cookie.httpOnly))
      .sort(olderFirst);
  }

  #site(url: string | URL | undefined, access: CookieAccess | undefined): CookieSite | undefined {
    const base = this.#baseUrl();
    const target =
      url === undefined ? base : URL.canParse(url, base) ? new URL(url, base) : undefined;
    if (url !== undefined && !/^(https?|wss?):$/.test(target?.protocol ?? ''))
      throw new InvalidRequestError('Cookies belong to an http or https URL');
    return target && siteOf(target, isHttp(access));
  }
}

/** Whether a value is tough-cookie's `CookieJar` or of its shape. */
export function isCookieJar(value: unknown): value is CookieJarLike {
  return (
    hasMethods(value, ['setCookie', 'getCookies', 'getCookieString', 'removeAllCookies']) &&
    hasMethods((value as { store?: unknown }).store, [
      'findCookies',
      'putCookie',
      'removeCookie',
      'getAllCookies',
    ])
  );
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  );
}

function isHttp(access: CookieAccess | undefined): boolean {
  return !(access && Object.hasOwn(access, 'http') && access.http === false);
}

/** The site a record names itself. */
function homeOf(domain: string, http: boolean): CookieSite {
  return { host: domain, path: '/', secure: true, http };
}

function restore(
  cookies: CookieCollection,
  record: CookieRecord,
  base: URL | undefined,
  now: number,
): CookieRejection | undefined {
  try {
    const candidate = readRecord(record, true);
    if (typeof candidate === 'string') return candidate;
    const site =
      candidate.domain !== '' ? homeOf(candidate.domain, true) : base && siteOf(base, true);
    if (!site) return 'domain-invalid';
    const stored = storeCookie(cookies, candidate, site, now);
    return typeof stored === 'string' ? stored : undefined;
  } catch (error) {
    if (error instanceof InvalidRequestError) return 'policy';
    throw error;
  }
}
