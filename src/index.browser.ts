/**
 * `isosession` in browsers: the browser's own `fetch`, cookies and redirects.
 *
 * @module
 */
import { Deadline } from './cancellation/deadline.ts';
import { BrowserCookies } from './cookies/browser-cookies.ts';
import { loadServerDelay } from './middleware/load-server-delay.ts';
import type { Platform } from './model.ts';
import { readBrowserOption } from './options/browser-options.ts';
import { SafeHeaders } from './request/safe-headers.ts';
import { BaseSession } from './session.ts';
import { warnElsewhere } from './session/warn-elsewhere.ts';
import { oneCall, type Verb } from './standalone.ts';
import { fetchTransport, hostTransport } from './transports/browser-fetch.ts';
import { loadNextHop } from './transports/load-redirects.ts';
import type { CallOptions, SessionOptions } from './types/options.ts';

const platform: Platform = {
  read: readBrowserOption,
  headers: (parent) => new SafeHeaders(parent),
  transport: () => hostTransport(),
  cookies: (_, baseUrl) => new BrowserCookies(baseUrl),
  nextHop: loadNextHop,
  serverDelay: loadServerDelay,
  Deadline,
};

/**
 * One HTTP session: cookies, defaults, credentials, retries, timeouts and connections that its
 * calls share. It may be used by any number of concurrent calls, and an idle one keeps no process
 * alive.
 *
 * ```ts
 * import { Session, basic } from 'isosession';
 *
 * const api = new Session({ baseUrl: 'https://api.example.com/v1/', auth: basic('user', 'pass') });
 * const profile = await api.get('profile').json();
 * await api.close();
 * ```
 */
export class Session extends BaseSession {
  /**
   * @throws {InvalidRequestError} for an option that does not exist or has a wrong value; {@link
   * UnsupportedError} for what this platform cannot do.
   */
  constructor(options: SessionOptions = {}) {
    warnElsewhere();
    super(options, platform);
  }
}

const once = /* @__PURE__ */ oneCall(() => new Session());
/** One call in a session of its own, closed when the body ends, is cancelled or is collected. */
export const request = /* @__PURE__ */ once('request');
/** GET, in a session of its own. */
export const get: Verb<CallOptions> = /* @__PURE__ */ once('get');
/** POST, in a session of its own. */
export const post = /* @__PURE__ */ once('post');
/** PUT, in a session of its own. */
export const put = /* @__PURE__ */ once('put');
/** PATCH, in a session of its own. */
export const patch = /* @__PURE__ */ once('patch');
/** DELETE, in a session of its own: `delete` is a word of the language. */
export const del = /* @__PURE__ */ once('delete');
/** HEAD, in a session of its own. */
export const head: Verb<CallOptions> = /* @__PURE__ */ once('head');
/** OPTIONS, in a session of its own. */
export const options = /* @__PURE__ */ once('options');
/** QUERY (RFC 10008), in a session of its own. */
export const query = /* @__PURE__ */ once('query');

export { fetchTransport };
export * from './public.ts';
