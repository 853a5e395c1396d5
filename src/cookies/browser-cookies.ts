import type { CookieRecord, CookieRejection, SessionCookies } from '../types/cookies.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';

/** What a page or a worker has: not all of it everywhere. */
interface Scope {
  location?: URL;
  document?: { cookie: string };
  cookieStore?: {
    getAll(): Promise<CookieRecord[]>;
    set(cookie: CookieRecord): Promise<void>;
    delete(name: string): Promise<void>;
  };
}

const scope = globalThis as unknown as Scope;

const unsupported = (what: string): never => {
  throw new UnsupportedError(`A browser gives scripts no ${what}`);
};

/** The name and the value at the start of a line. */
const read = (line: string): CookieRecord => {
  const [, name = '', value = ''] = /^(?:([^;=]*)=)?([^;]*)/.exec(line) ?? [];
  return { name: name.trim(), value: value.trim() };
};

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
    const base = this.#baseUrl() ?? scope.location?.href;
    if (!scope.location || new URL(url ?? base ?? '', base).origin !== scope.location.origin)
      unsupported('cookies of another origin');
    if (scope.cookieStore) return scope.cookieStore.getAll();
    return (scope.document?.cookie ?? unsupported('cookies')).split('; ').filter(Boolean).map(read);
  }

  async set(
    cookie: string | CookieRecord,
    url?: string | URL,
  ): Promise<CookieRecord | { rejected: CookieRejection }> {
    // Refuses another origin.
    await this.getAll(url);
    let line = cookie as string;
    if (typeof cookie !== 'string') {
      const { name, value, domain, expires, httpOnly, hostOnly, ...rest } = cookie;
      if (httpOnly) unsupported('HttpOnly cookies');
      if (domain && !`.${scope.location?.hostname}`.endsWith(`.${domain}`))
        unsupported(`cookies of ${domain}`);
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
      line = parts.join(';');
      if (/[\0-\x1f;\x7f]/.test(parts.join('')) || name.includes('='))
        throw new InvalidRequestError(`Not a cookie: ${name}`);
    }
    // `cookieStore` would make every cookie Secure and SameSite=Strict.
    if (scope.document) scope.document.cookie = line;
    else if (cookie === line) unsupported('Set-Cookie');
    else await scope.cookieStore?.set(cookie as CookieRecord);
    const { name, value } = read(line);
    return (
      (await this.getAll()).find((stored) => stored.name === name && stored.value === value) ?? {
        rejected: 'policy',
      }
    );
  }

  async delete(name: string, url?: string | URL): Promise<boolean> {
    if (!(await this.get(name, url))) return false;
    // A script sees neither path nor domain: every pair that can be seen from here is tried. A name
    // with a prefix wants `secure`, which WebKit refuses at http://localhost.
    if (scope.document && scope.location) {
      const domains = scope.location.hostname
        .split('.')
        .map((_, i, labels) => `;domain=${labels.slice(i).join('.')}`);
      for (let path = `${scope.location.pathname}/`; path; path = path.slice(0, -1)) {
        for (const domain of ['', ...domains])
          for (const secure of ['', ';secure'])
            scope.document.cookie = `${name}=;max-age=0;path=${path}${domain}${secure}`;
      }
    } else await scope.cookieStore?.delete(name);
    return !(await this.get(name));
  }

  async clear(): Promise<void> {
    for (const { name } of await this.getAll()) await this.delete(name);
  }

  async header(url?: string | URL): Promise<string> {
    return (await this.getAll(url))
      .map(({ name, value }) => (name && `${name}=`) + value)
      .join('; ');
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
