/**
 * `isosession` in Node: undici below, and a cookie jar.
 *
 * @module
 */
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { cookieLayer } from './cookies/cookie-layer.ts';
import { SessionJar } from './cookies/session-jar.ts';
import { provideToughCookie, type ToughCookie } from './cookies/rules/tough-cookie.ts';
import { isPermanent } from './middleware/permanent-error.ts';
import { retryAfter } from './middleware/retry-after.ts';
import { hintsOf } from './middleware/server-hints.ts';
import type { Platform } from './model.ts';
import { queueing } from './node/body/chunk-queues.ts';
import { acceptEncoding } from './node/body/codings.ts';
import { isUnsent } from './node/exchange/exchange-error.ts';
import { loadDependency } from './node/dependencies/load-dependency.ts';
import { requireToughCookie } from './node/dependencies/required.ts';
import { environmentOf } from './node/proxy/environment.ts';
import { UndiciResponse } from './node/response/undici-response.ts';
import { CallDeadline } from './cancellation/call-deadline.ts';
import { readConnection, tlsFor } from './node/transport/connection-options.ts';
import { narrowReferrer } from './node/transport/fetch-init.ts';
import { defaultTransport, transportStats } from './node/transport/undici-transport.ts';
import { parseFastUrl } from './request/base/fast-url.ts';
import { LiveHeaders } from './request/live-headers.ts';
import { BaseSession } from './session.ts';
import { oneCall, type Verb } from './standalone.ts';
import { HstsHosts } from './transports/hsts-hosts.ts';
import { redirectTools } from './transports/redirect-tools.ts';
import { nextHop } from './transports/redirects.ts';
import type { CallOptions, SessionOptions } from './types/options.ts';
import { userAgent } from './version.ts';

/**
 * tough-cookie's ES module, as that is the one that the program's own `import` gives it: of another
 * instance the classes are others, whose cookies the program's jars do not take.
 */
function loadToughCookie(): ToughCookie {
  try {
    // Taken out: bundlers that know `import.meta.resolve()` would look for the module themselves.
    const { resolve, url } = import.meta;
    return module.createRequire(url)(fileURLToPath(resolve('tough-cookie')));
  } catch {
    // CommonJS has no such thing, as bundles and the runners of tests may have none.
    return requireToughCookie();
  }
}

provideToughCookie(() => loadDependency('tough-cookie', loadToughCookie));

const defaultHeaders: [string, string][] = [
  ['user-agent', userAgent],
  ['accept', '*/*'],
  ['accept-encoding', acceptEncoding],
];

const platform: Platform = {
  read: readConnection,
  environment: environmentOf,
  headers: (parent) => new LiveHeaders(parent ?? defaultHeaders),
  tlsFor,
  transport: defaultTransport,
  stats: transportStats,
  cookies: (source, baseUrl) => new SessionJar(source, baseUrl),
  cookieLayer,
  hsts: () => new HstsHosts(),
  parseFastUrl,
  isPermanent,
  isUnsent,
  nextHop: (hop) => {
    const next = nextHop(hop, redirectTools);
    return next && narrowReferrer(hop.response, next);
  },
  serverDelay: (headers, now) => retryAfter(hintsOf(headers), now),
  Deadline: CallDeadline,
  queueing,
  respond: ({ status, statusText, headers }, state) =>
    new UndiciResponse(status, statusText, headers, state),
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

export { fetchTransport } from './node/transport/fetch-transport.ts';
export * from './public.ts';
