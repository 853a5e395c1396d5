import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import type { Awaitable } from '../types/context.ts';
import type {
  CookieAccess,
  CookieJarLike,
  CookieRecord,
  CookieRejection,
  RefusedCookie,
  SessionCookies,
} from '../types/cookies.ts';
import {
  labelOfCookie,
  ofPlaywright,
  readCookieRecord,
  rulesToImport,
  rulesToSet,
  toRecord,
} from './cookie-record.ts';
import { CookieStore } from './rules/cookie-store.ts';
import { CustomJar, isCookieJar } from './custom-jar.ts';
import { OwnJar } from './own-jar.ts';
import { type CookieSite, isHttp, siteOf, siteOfDomain } from './rules/cookie-site.ts';
import { retrieveCookies, toCookieString } from './rules/retrieval.ts';
import { type CookieCandidate, parseSetCookie } from './rules/set-cookie.ts';
import { storeCookie } from './rules/storage-model.ts';
import { copyCookie, expiryOf, type StoredCookie } from './rules/stored-cookie.ts';
import { isSessionJar, type SharedJar, sharesJar } from './shared-jar.ts';

/** What the cookies of a session are made of. */
type CookieSource = SessionCookies | CookieJarLike | CookieStore | undefined;

/** The cookies of a session in Node and at the edge, under the rules of RFC 6265bis. */
export class SessionJar implements SessionCookies {
  /** @internal What the cookie layer works on. It holds its cookies where nobody prints them. */
  readonly shared: SharedJar;
  /** @internal */
  readonly [sharesJar] = true;
  readonly #baseUrl: () => URL | undefined;

  /**
   * @param source - `undefined`: a new jar. A {@link SessionJar}: the same cookies. A
   * {@link CookieStore}, or a tough-cookie jar of any store: it holds the cookies.
   * @param baseUrl - gives the URL that is meant where none is named
   * @throws {InvalidRequestError} for anything else, such as a record of names and values.
   */
  constructor(source: CookieSource, baseUrl: () => URL | undefined) {
    this.shared = sharedJarOf(source);
    this.#baseUrl = baseUrl;
  }

  get jar(): CookieJarLike {
    return this.shared.jar;
  }

  /** Cookies in the jar; 0 for a store that does not answer at once. */
  get size(): number {
    return this.shared.size;
  }

  /**
   * An independent jar with the same cookies.
   *
   * @throws {UnsupportedError} for a store that does not answer at once.
   */
  copy(baseUrl: () => URL | undefined): SessionJar {
    const cookies = this.shared.run(undefined, (store) => store.byCreation());
    if (cookies instanceof Promise) {
      cookies.catch(() => undefined);
      throw new UnsupportedError(
        "cookies: 'copy' needs a store that answers at once: " +
          'hand over what export() gives to import() of new cookies',
      );
    }
    const store = new CookieStore();
    for (const cookie of cookies) store.putUnchecked(copyCookie(cookie));
    return new SessionJar(store, baseUrl);
  }

  /** @internal */
  watch(listener: (record: CookieRecord) => void): void {
    const { store } = this.shared;
    if (store) store.onChange = (cookie) => listener(toRecord(cookie));
  }

  async get(
    name: string,
    url?: string | URL,
    access?: CookieAccess,
  ): Promise<CookieRecord | undefined> {
    const [cookie] = await this.#withNamed(name, url, access, (found) => found.map(toRecord));
    return cookie;
  }

  async getAll(url?: string | URL, access?: CookieAccess): Promise<CookieRecord[]> {
    const site = this.#siteOf(url, access);
    return this.shared.run(site?.host, (store) => visibleAt(store, site, access).map(toRecord));
  }

  async set(
    cookie: string | CookieRecord,
    url?: string | URL,
    access?: CookieAccess,
  ): Promise<CookieRecord | { rejected: CookieRejection }> {
    if (typeof cookie === 'string') refuseNameAndValueApart(cookie, url);
    const now = Date.now();
    const candidate =
      typeof cookie === 'string'
        ? parseSetCookie(cookie, now)
        : readCookieRecord(cookie, rulesToSet);
    const urlSite = this.#siteOf(url, access);
    if (typeof candidate === 'string') return { rejected: candidate };
    const site = urlSite ?? (typeof cookie === 'string' ? undefined : ownSiteOf(candidate, access));
    if (!site)
      throw new InvalidRequestError(
        'A cookie is set at a URL: pass one, give the record a domain, ' +
          'or give the session a baseUrl',
      );
    return this.shared.run(undefined, (store) => {
      const stored = storeCookie(store, candidate, site, now);
      return typeof stored === 'string' ? { rejected: stored } : toRecord(stored);
    });
  }

  async delete(name: string, url?: string | URL, access?: CookieAccess): Promise<boolean> {
    return this.#withNamed(name, url, access, (found, store) => {
      for (const cookie of found) store.remove(cookie);
      return found.length > 0;
    });
  }

  async clear(): Promise<void> {
    const { store } = this.shared;
    if (store) store.clear();
    else await this.jar.removeAllCookies();
  }

  async header(url?: string | URL, access?: CookieAccess): Promise<string> {
    const site = this.#siteOf(url, access);
    if (!site)
      throw new InvalidRequestError(
        'A cookie header is for a URL: pass one, or give the session a baseUrl',
      );
    return this.shared.run(site.host, (store) =>
      toCookieString(retrieveCookies(store, site, Date.now())),
    );
  }

  async export(): Promise<CookieRecord[]> {
    return this.shared.run(undefined, (store) =>
      visibleAt(store, undefined, undefined).map(toRecord),
    );
  }

  async import(records: readonly CookieRecord[]): Promise<RefusedCookie[]> {
    // Asked of an unknown value, as `isArray` makes an array of `any` of a readonly one.
    const given: unknown = records;
    if (!Array.isArray(given))
      throw new InvalidRequestError('import takes an array of cookie records');
    const now = Date.now();
    return this.shared.run(undefined, (store) => {
      const refused: RefusedCookie[] = [];
      for (const record of records) {
        const rejection = importRecord(store, record, this.#baseUrl(), now);
        if (typeof rejection === 'string') refused.push({ record, rejected: rejection });
        else if (rejection) refused.push({ record, ...rejection });
      }
      return refused;
    });
  }

  /** Names and where they go, never values; none while a store does not answer at once. */
  toJSON(): { cookies: { name: string; domain: string | null; path: string | null }[] } {
    const cookies = this.shared.run(undefined, (store) =>
      store.byCreation().map(({ key, domain, path }) => ({ name: key, domain, path })),
    );
    if (!(cookies instanceof Promise)) return { cookies };
    cookies.catch(() => undefined);
    return { cookies: [] };
  }

  /** For `util.inspect`: as {@link toJSON}. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { cookies } = this.toJSON();
    const names = cookies.map(({ name, domain, path }) => `${name} (${domain}${path})`);
    return `SessionCookies { ${names.join(', ')} }`;
  }

  /**
   * Runs a task over the cookies of one name: at a URL those that would be sent there, without any
   * URL the only one in the jar.
   */
  #withNamed<T>(
    name: string,
    url: string | URL | undefined,
    access: CookieAccess | undefined,
    task: (found: StoredCookie[], store: CookieStore) => T,
  ): Awaitable<T> {
    if (typeof name !== 'string') throw new InvalidRequestError('The name of a cookie is a string');
    const site = this.#siteOf(url, access);
    return this.shared.run(site?.host, (store) => {
      const found = visibleAt(store, site, access).filter((cookie) => cookie.key === name);
      if (!site && found.length > 1)
        throw new InvalidRequestError(
          `${found.length} cookies are named ${JSON.stringify(name)}: ` +
            'pass a URL, or give the session a baseUrl',
        );
      return task(found, store);
    });
  }

  /** The site of a URL, by default of the session's `baseUrl`. */
  #siteOf(url: string | URL | undefined, access: CookieAccess | undefined): CookieSite | undefined {
    const base = this.#baseUrl();
    if (url === undefined) return base && siteOf(base, access);
    const target = URL.canParse(url, base) ? new URL(url, base) : undefined;
    if (!target || !/^(https?|wss?):$/.test(target.protocol))
      throw new InvalidRequestError('Cookies belong to an http or https URL');
    return siteOf(target, access);
  }
}

function sharedJarOf(source: CookieSource): SharedJar {
  if (source === undefined || source instanceof CookieStore) return new OwnJar(source);
  if (isSessionJar(source)) return source.shared;
  if (!isCookieJar(source))
    throw new InvalidRequestError(
      'cookies must be the cookies of another session, a tough-cookie CookieJar or false: ' +
        'to set cookies, use session.cookies.set()',
    );
  // The jar of another session, handed over as tough-cookie's, is still ours.
  return source.store instanceof CookieStore
    ? new OwnJar(source.store, source)
    : new CustomJar(source);
}

/** The cookies that are sent to a site or, without one, all that are alive, the oldest first. */
function visibleAt(
  store: CookieStore,
  site: CookieSite | undefined,
  access: CookieAccess | undefined,
): StoredCookie[] {
  const now = Date.now();
  if (site) return retrieveCookies(store, site, now);
  const http = isHttp(access);
  return store
    .byCreation()
    .filter((cookie) => expiryOf(cookie) > now && (http || !cookie.httpOnly));
}

/** `set('a', 'b')` would be a cookie without a name at the path `b`. */
function refuseNameAndValueApart(line: string, url: string | URL | undefined): void {
  if (line.includes('=') || typeof url !== 'string' || /[/:]/.test(url)) return;
  throw new InvalidRequestError(
    `${JSON.stringify(line.slice(0, 80))} is no cookie: ` +
      "the first argument is 'name=value' or a record, the second the URL it is for",
  );
}

/** The site that a record names itself. */
function ownSiteOf(
  { domain }: CookieCandidate,
  access: CookieAccess | undefined,
): CookieSite | undefined {
  return domain === '' ? undefined : siteOfDomain(domain, access);
}

/** In 1973: no cookie ended earlier, and in seconds every end is a smaller number. */
const earliest = 1e11;

/** Stores what was exported, or says why not. */
function importRecord(
  store: CookieStore,
  record: CookieRecord,
  base: URL | undefined,
  now: number,
): CookieRejection | Pick<RefusedCookie, 'rejected' | 'problem'> | undefined {
  try {
    const candidate = readCookieRecord(record, rulesToImport);
    if (typeof candidate === 'string') return candidate;
    const site = ownSiteOf(candidate, undefined) ?? (base && siteOf(base));
    if (!site) return 'domain-invalid';
    const stored = storeCookie(store, candidate, site, now);
    if (stored === 'expired' && candidate.expires < earliest) {
      const problem = `${labelOfCookie(record)}: expires must be in milliseconds; ${ofPlaywright}`;
      return { rejected: stored, problem };
    }
    return typeof stored === 'string' ? stored : undefined;
  } catch (error) {
    if (error instanceof InvalidRequestError) return { rejected: 'policy', problem: error.message };
    throw error;
  }
}
