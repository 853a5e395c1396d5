/**
 * What stands behind the cookies of a browser's session: a chunk that most pages never load.
 *
 * @module
 */
import type {
  CookieRecord,
  CookieRejection,
  RefusedCookie,
  SessionCookies,
} from '../types/cookies.ts';

/** What it needs of the library, of which this chunk loads nothing. */
export interface PageCookieTools {
  readonly baseUrl: () => URL | undefined;
  /** Refuses what no script can do. */
  readonly refuse: (what: string) => never;
  /** Refuses what is no cookie. */
  readonly refuseCookie: (name: string) => never;
  /** What is wrong with a cookie that ends in seconds. */
  readonly inSeconds: (name: string) => string;
}

/** What a page or a worker has: not all of it everywhere. */
interface BrowserGlobals {
  origin?: string;
  location?: URL;
  document?: { cookie: string; baseURI: string };
  cookieStore?: {
    getAll(): Promise<CookieRecord[]>;
    set(cookie: CookieRecord): Promise<void>;
    delete(name: string): Promise<void>;
  };
}

// The types of the platforms disagree on what is global.
const browser = globalThis as unknown as BrowserGlobals;

/** A frame without a URL of its own has the cookies of the page that made it. */
function pageUrl(): URL | undefined {
  const { document, location } = browser;
  return location?.protocol === 'about:' && document ? new URL(document.baseURI) : location;
}

/** The name and the value at the start of a line. */
function parsePair(line: string): CookieRecord {
  const [, name = '', value = ''] = /^(?:([^;=]*)=)?([^;]*)/.exec(line) ?? [];
  return { name: name.trim(), value: value.trim() };
}

/** The cookies of the page's own origin, through `cookieStore` or `document.cookie`. */
export class PageCookies implements SessionCookies {
  declare readonly jar: undefined;
  readonly #tools: PageCookieTools;

  constructor(tools: PageCookieTools) {
    this.#tools = tools;
  }

  async get(name: string, url?: string | URL): Promise<CookieRecord | undefined> {
    return (await this.getAll(url)).find((cookie) => cookie.name === name);
  }

  async getAll(url?: string | URL): Promise<CookieRecord[]> {
    const { baseUrl, refuse } = this.#tools;
    const own = baseUrl();
    const page = pageUrl();
    const base = own ?? browser.document?.baseURI ?? page;
    if (!page || new URL(url ?? own ?? page, base).origin !== browser.origin)
      refuse('cookies of another origin');
    if (browser.cookieStore) return browser.cookieStore.getAll();
    const line = browser.document?.cookie ?? refuse('cookies');
    return line.split('; ').filter(Boolean).map(parsePair);
  }

  async set(
    cookie: string | CookieRecord,
    url?: string | URL,
  ): Promise<CookieRecord | { rejected: CookieRejection }> {
    // Refuses another origin.
    await this.getAll(url);
    const line = typeof cookie === 'string' ? cookie : this.#toLine(cookie);
    // `cookieStore` would make every cookie Secure and SameSite=Strict.
    if (browser.document) browser.document.cookie = line;
    else if (typeof cookie === 'string') this.#tools.refuse('Set-Cookie');
    else await browser.cookieStore?.set(cookie);
    const { name, value } = parsePair(line);
    const visible = await this.getAll();
    return (
      visible.find((stored) => stored.name === name && stored.value === value) ?? {
        rejected: 'policy',
      }
    );
  }

  async delete(name: string, url?: string | URL): Promise<boolean> {
    if (!(await this.get(name, url))) return false;
    const { document } = browser;
    const page = pageUrl();
    if (document && page) deleteEverywhere(name, document, page);
    else await browser.cookieStore?.delete(name);
    return !(await this.get(name));
  }

  async clear(): Promise<void> {
    for (const { name } of await this.getAll()) await this.delete(name);
  }

  async header(url?: string | URL): Promise<string> {
    const pairs = (await this.getAll(url)).map(({ name, value }) => (name && `${name}=`) + value);
    return pairs.join('; ');
  }

  export(): Promise<CookieRecord[]> {
    return this.getAll();
  }

  async import(records: readonly CookieRecord[]): Promise<RefusedCookie[]> {
    const refused: RefusedCookie[] = [];
    for (const record of records) {
      const outcome = await this.set(record).catch(({ message }: Error) => ({
        rejected: 'policy' as const,
        problem: message,
      }));
      if (!('rejected' in outcome)) continue;
      // Of such a one a browser says nothing.
      const problem = Number(record.expires ?? earliest) < earliest && {
        problem: this.#tools.inSeconds(record.name),
      };
      refused.push({ record, ...problem, ...outcome });
    }
    return refused;
  }

  toJSON(): unknown {
    return {};
  }

  /** A record as the line that `document.cookie` takes. */
  #toLine(record: CookieRecord): string {
    const { name, value, domain, path = '/', expires, secure, sameSite, partitioned } = record;
    const { httpOnly, hostOnly } = record;
    const { refuse, refuseCookie } = this.#tools;
    if (httpOnly) refuse('HttpOnly cookies');
    if (domain && !`.${pageUrl()?.hostname}`.endsWith(`.${domain}`)) refuse(`cookies of ${domain}`);
    const attributes = Object.entries({
      path,
      secure: secure === true,
      sameSite,
      partitioned: partitioned === true,
      domain: !hostOnly && domain,
      expires: typeof expires === 'number' && new Date(expires).toUTCString(),
    });
    const parts = [
      `${name}=${value}`,
      ...attributes.flatMap(([key, text]) => (text ? `${key}=${text}` : [])),
    ];
    if (/[\0-\x1f;\x7f]/.test(parts.join('')) || name.includes('=')) refuseCookie(name);
    return parts.join(';');
  }
}

/** In 1973: no cookie ended earlier, and in seconds every end is a smaller number. */
const earliest = 1e11;

/** No cookie has a longer path: such an attribute is ignored (RFC 6265bis, section 5.6). */
const maxPath = 1024;

/** The paths of cookies that can be seen at a path (RFC 6265bis, section 5.1.4). */
function matchingPaths(pathname: string): string[] {
  const whole = `${pathname}/`;
  const paths: string[] = [];
  for (let end = 1; end > 0 && end <= maxPath + 1; end = whole.indexOf('/', end) + 1)
    paths.push(whole.slice(0, end), whole.slice(0, end - 1));
  return paths;
}

/**
 * A script sees neither path nor domain: every pair that can be seen from here is tried. A name
 * with a prefix wants `secure`, which WebKit refuses at http://localhost.
 */
function deleteEverywhere(name: string, document: { cookie: string }, location: URL): void {
  const domains = location.hostname
    .split('.')
    .map((_, i, labels) => `;domain=${labels.slice(i).join('.')}`);
  for (const path of matchingPaths(location.pathname)) {
    for (const domain of ['', ...domains])
      for (const secure of ['', ';secure'])
        document.cookie = `${name}=;max-age=0;path=${path}${domain}${secure}`;
  }
}
