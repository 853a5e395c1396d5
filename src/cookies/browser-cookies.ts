import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import { loadChunk } from '../load-chunk.ts';
import type {
  CookieRecord,
  CookieRejection,
  RefusedCookie,
  SessionCookies,
} from '../types/cookies.ts';

/**
 * The cookies that a browser shows to scripts, those of the page's own origin. HttpOnly cookies are
 * sent and never seen. What a script cannot do rejects with {@link UnsupportedError}; a cookie that
 * the browser refuses is `{rejected: 'policy'}`, since it does not say why.
 */
export class BrowserCookies implements SessionCookies {
  declare readonly jar: undefined;
  readonly #baseUrl: () => URL | undefined;
  #cookies: SessionCookies | undefined;

  constructor(baseUrl: () => URL | undefined) {
    this.#baseUrl = baseUrl;
  }

  async #load(): Promise<SessionCookies> {
    const { PageCookies } = await loadChunk(() => import('./page-cookies.ts'));
    const tools = { baseUrl: this.#baseUrl, refuse, refuseCookie, inSeconds };
    return (this.#cookies ??= new PageCookies(tools));
  }

  async get(name: string, url?: string | URL): Promise<CookieRecord | undefined> {
    return (await this.#load()).get(name, url);
  }

  async getAll(url?: string | URL): Promise<CookieRecord[]> {
    return (await this.#load()).getAll(url);
  }

  async set(
    cookie: string | CookieRecord,
    url?: string | URL,
  ): Promise<CookieRecord | { rejected: CookieRejection }> {
    return (await this.#load()).set(cookie, url);
  }

  async delete(name: string, url?: string | URL): Promise<boolean> {
    return (await this.#load()).delete(name, url);
  }

  async clear(): Promise<void> {
    return (await this.#load()).clear();
  }

  async header(url?: string | URL): Promise<string> {
    return (await this.#load()).header(url);
  }

  async export(): Promise<CookieRecord[]> {
    return (await this.#load()).export();
  }

  async import(records: readonly CookieRecord[]): Promise<RefusedCookie[]> {
    return (await this.#load()).import(records);
  }

  toJSON(): unknown {
    return {};
  }
}

function refuse(what: string): never {
  throw new UnsupportedError(isDevelopment ? `A browser gives scripts no ${what}` : what);
}

function refuseCookie(name: string): never {
  throw new InvalidRequestError(isDevelopment ? `Not a cookie: ${name}` : name);
}

/** Cookies are most often taken for records that are Playwright's. */
const inSeconds = (name: string): string =>
  isDevelopment
    ? `Cookie "${name}": expires must be in milliseconds; ` +
      'fromStorageState() of isosession/cookies reads those of Playwright'
    : `${name}: expires`;
