import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import type { CookieRecord, CookieRejection, SessionCookies } from '../types/cookies.ts';

/** What a page or a worker has: not all of it everywhere. */
interface BrowserGlobals {
  location?: URL;
  document?: { cookie: string };
  cookieStore?: {
    getAll(): Promise<CookieRecord[]>;
    set(cookie: CookieRecord): Promise<void>;
    delete(name: string): Promise<void>;
  };
}

// The types of the platforms disagree on what is global.
const browser = globalThis as unknown as BrowserGlobals;

function refuse(what: string): never {
  throw new UnsupportedError(`A browser gives scripts no ${what}`);
}

/** The name and the value at the start of a line. */
function parsePair(line: string): CookieRecord {
  const [, name = '', value = ''] = /^(?:([^;=]*)=)?([^;]*)/.exec(line) ?? [];
  return { name: name.trim(), value: value.trim() };
}

/** A record as the line that `document.cookie` takes. */
function toLine({
  name,
  value,
  domain,
  expires,
  httpOnly,
  hostOnly,
  ...rest
}: CookieRecord): string {
  if (httpOnly) refuse('HttpOnly cookies');
  if (domain && !`.${browser.location?.hostname}`.endsWith(`.${domain}`))
    refuse(`cookies of ${domain}`);
  const attributes = Object.entries({
    path: '/',
    ...rest,
    domain: !hostOnly && domain,
    expires: typeof expires === 'number' && new Date(expires).toUTCString(),
  });
  const parts = [
    `${name}=${value}`,
    ...attributes.flatMap(([key, text]) => (text ? `${key}=${text}` : [])),
  ];
  if (/[\0-\x1f;\x7f]/.test(parts.join('')) || name.includes('='))
    throw new InvalidRequestError(`Not a cookie: ${name}`);
  return parts.join(';');
}

/**
 * The cookies that a browser shows to scripts, those of the page's own origin: through
 * `cookieStore` or `document.cookie`. HttpOnly cookies are sent and never seen. What a script
 * cannot do rejects with {@link UnsupportedError}; a cookie that the browser refuses is `{rejected:
 * 'policy'}`, since it does not say why.
 */
export class BrowserCookies implements SessionCookies {
  declare readonly jar: undefined;
  readonly #baseUrl: () => URL | undefined;

  constructor(baseUrl: () => URL | undefined) {
    this.#baseUrl = baseUrl;
  }

  async get(name: string, url?: string | URL): Promise<CookieRecord | undefined> {
    return (await this.getAll(url)).find((cookie) => cookie.name === name);
  }

  async getAll(url?: string | URL): Promise<CookieRecord[]> {
    const base = this.#baseUrl() ?? browser.location?.href;
    if (!browser.location || new URL(url ?? base ?? '', base).origin !== browser.location.origin)
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
    const line = typeof cookie === 'string' ? cookie : toLine(cookie);
    // `cookieStore` would make every cookie Secure and SameSite=Strict.
    if (browser.document) browser.document.cookie = line;
    else if (typeof cookie === 'string') refuse('Set-Cookie');
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
    const { document, location } = browser;
    if (document && location) deleteEverywhere(name, document, location);
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

  async import(
    records: readonly CookieRecord[],
  ): Promise<{ record: CookieRecord; rejected: CookieRejection }[]> {
    const refused: { record: CookieRecord; rejected: CookieRejection }[] = [];
    const rejected = 'policy';
    for (const record of records) {
      if ('rejected' in (await this.set(record).catch(() => ({ rejected }))))
        refused.push({ record, rejected });
    }
    return refused;
  }

  toJSON(): unknown {
    return {};
  }
}

/**
 * A script sees neither path nor domain: every pair that can be seen from here is tried. A name
 * with a prefix wants `secure`, which WebKit refuses at http://localhost.
 */
function deleteEverywhere(name: string, document: { cookie: string }, location: URL): void {
  const domains = location.hostname
    .split('.')
    .map((_, i, labels) => `;domain=${labels.slice(i).join('.')}`);
  for (let path = `${location.pathname}/`; path; path = path.slice(0, -1)) {
    for (const domain of ['', ...domains])
      for (const secure of ['', ';secure'])
        document.cookie = `${name}=;max-age=0;path=${path}${domain}${secure}`;
  }
}
