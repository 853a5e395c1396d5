/**
 * `isosession` on edge runtimes (workerd, Deno, Bun, edge-light): the runtime's `fetch` below our
 * redirects and our cookie jar.
 *
 * @module
 */
import { Cookie, CookieJar, getPublicSuffix } from 'tough-cookie';
import { CallDeadline } from './cancellation/call-deadline.ts';
import { Deadline } from './cancellation/deadline.ts';
import { cookieLayer } from './cookies/cookie-layer.ts';
import { SessionJar } from './cookies/session-jar.ts';
import { provideToughCookie } from './cookies/rules/tough-cookie.ts';
import { isPermanent } from './middleware/permanent-error.ts';
import { retryAfter } from './middleware/retry-after.ts';
import { hintsOf } from './middleware/server-hints.ts';
import type { Platform } from './model.ts';
import { readEdgeOption } from './options/edge-options.ts';
import { parseFastUrl } from './request/base/fast-url.ts';
import { LiveHeaders } from './request/live-headers.ts';
import { BaseSession } from './session.ts';
import { oneCall, type Verb } from './standalone.ts';
import { fetchTransport } from './transports/edge-fetch.ts';
import { HstsHosts } from './transports/hsts-hosts.ts';
import { redirectTools } from './transports/redirect-tools.ts';
import { nextHop } from './transports/redirects.ts';
import { openByteBody } from './response/body/byte-reader.ts';
import type { CallOptions, SessionOptions } from './types/options.ts';
import { userAgent } from './version.ts';

provideToughCookie(() => ({ Cookie, CookieJar, getPublicSuffix }));

/** `accept-encoding` is the runtime's, since it decodes. */
const defaultHeaders: [string, string][] = [
  ['user-agent', userAgent],
  ['accept', '*/*'],
];

const isDeno = 'Deno' in globalThis;

/** In workerd and edge-light a timer belongs to the request that has started it. */
const isOneProcess = isDeno || 'Bun' in globalThis;

const platform: Platform = {
  read: readEdgeOption,
  headers: (parent) => new LiveHeaders(parent ?? defaultHeaders),
  transport: () => fetchTransport(),
  cookies: (source, baseUrl) => new SessionJar(source, baseUrl),
  cookieLayer,
  hsts: () => new HstsHosts(),
  parseFastUrl,
  isPermanent,
  nextHop: (hop) => nextHop(hop, redirectTools),
  serverDelay: (headers, now) => retryAfter(hintsOf(headers), now),
  Deadline: isOneProcess ? CallDeadline : Deadline,
  ...(isDeno && { openBody: openByteBody }),
};

/** See the session of the browser entry, whose text of types serves all platforms. */
export class Session extends BaseSession {
  constructor(options: SessionOptions = {}) {
    super(options, platform);
  }
}

const once = oneCall(() => new Session());
/** One call in a session of its own, closed when the body ends, is cancelled or is collected. */
export const request = once('request');
/** GET, in a session of its own. */
export const get: Verb<CallOptions> = once('get');
/** POST, in a session of its own. */
export const post = once('post');
/** PUT, in a session of its own. */
export const put = once('put');
/** PATCH, in a session of its own. */
export const patch = once('patch');
/** DELETE, in a session of its own: `delete` is a word of the language. */
export const del = once('delete');
/** HEAD, in a session of its own. */
export const head: Verb<CallOptions> = once('head');
/** OPTIONS, in a session of its own. */
export const options = once('options');
/** QUERY (RFC 10008), in a session of its own. */
export const query = once('query');

export { fetchTransport };
export * from './public.ts';
