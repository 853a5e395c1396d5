import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { SessionClosedError } from '../../errors/session-closed-error.ts';
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import type { Session } from '../../index.browser.ts';
import { getHeader, readHeaders } from '../../request/headers.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { strings } from '../../options/kinds.ts';
import { parseUrl } from '../../request/url.ts';
import type { SessionOptions } from '../../types/options.ts';
import type { ExtendOptions } from '../../types/session.ts';
import { deriveBaseUrl } from './derive-base-url.ts';
import {
  headerOf,
  type IncomingEventLike,
  type IncomingMessageLike,
  readIncoming,
} from './incoming.ts';
import { keepRooted } from './keep-rooted.ts';
import { recordResponses } from '../hydration/record-responses.ts';
import type { Render } from '../hydration/render.ts';
import { parseCookies } from './visitor-cookies.ts';
import { readVisitorHeaders } from './visitor-headers.ts';
import { VisitorLayer } from './visitor-layer.ts';
import { watchVisitor } from './watch-visitor.ts';
import { internals } from '../../internals.ts';

/**
 * Options of {@link forwardSession}: those of a session, but for what may not be shared between
 * visitors, and these.
 */
export interface ForwardOptions extends Omit<SessionOptions, 'auth' | 'cookies' | 'trustEnv'> {
  /**
   * The origins that may see this visitor's cookies and forwarded headers, and whose `Set-Cookie`
   * go to the page: your own backends. `http:` ones count as secure.
   */
  to: readonly string[];
  /** Which of the visitor's cookies are sent, by name. Default all. */
  forwardCookies?: readonly string[] | ((name: string) => boolean) | undefined;
  /** Replaces the default list: `accept-language`, `traceparent`, `tracestate`, `x-request-id`. */
  forwardHeaders?: readonly string[] | undefined;
  /**
   * `host` or `host:port`: makes the `baseUrl`, where none is given, of the host that the visitor
   * has called, if it is one of these.
   */
  allowedHosts?: readonly string[] | undefined;
}

/**
 * A session for one incoming request: a child of `parent` over the same connections, with its
 * defaults, middleware and hooks, but with cookies of its own and without its credentials (`auth`,
 * the headers `authorization` and `cookie`). Other default headers, such as an API key, are the
 * server's own and stay. The visitor's cookies go to the origins in `to` alone, and so do the
 * forwarded headers, but for those that tell nothing of who asks; what one of these backends sets
 * during the render goes before what the visitor has sent. When the visitor goes away, what is
 * under way is aborted.
 *
 * The headers of a connection, `host`, `forwarded`, `x-forwarded-*`, `origin`, `referer`, `sec-*`,
 * `cookie`, `authorization` and whatever the visitor's `Connection` names are never forwarded. A
 * relative input leads to `baseUrl`'s origin or is refused, since `//host/` in a visitor's path
 * would not.
 *
 * ```ts
 * import { Session } from 'isosession';
 * import { applySetCookies, forwardSession } from 'isosession/ssr';
 *
 * const api = new Session({ baseUrl: 'https://api.example.com/' });
 *
 * async function handle(request: Request): Promise<Response> {
 *   const session = forwardSession(api, request, { to: ['https://api.example.com'] });
 *   const response = new Response(await session.get('greeting').text());
 *   applySetCookies(session, response);
 *   return response;
 * }
 * ```
 *
 * @param incoming a `Request`, Node's `IncomingMessage` or an h3 event. With an `IncomingMessage`
 * alone, the end of its connection counts as going away; Express's and an h3 event know the
 * response, too.
 * @throws {InvalidRequestError} for a bad option, and for a host that is not one of `allowedHosts`;
 * {@link SessionClosedError} when the parent is closed; {@link UnsupportedError} in browsers.
 */
export function forwardSession(
  parent: Session,
  incoming: Request | IncomingMessageLike | IncomingEventLike,
  options: ForwardOptions,
): Session {
  const { to, forwardCookies, forwardHeaders, allowedHosts, ...rest } =
    nullPrototype<ForwardOptions>(options);
  const { cookieLayer, headers: inherited, platform } = parent[internals];
  if (!platform.cookieLayer)
    throw new UnsupportedError(
      "forwardSession() is for servers: in a browser, the browser itself sends its visitor's cookies",
    );
  if (cookieLayer instanceof VisitorLayer)
    throw new InvalidRequestError(
      'The parent of forwardSession() is itself the session of one visitor: give the one that all share',
    );
  const { auth, cookies: jar, trustEnv } = rest as SessionOptions;
  if ([auth, jar, trustEnv].some((value) => value !== undefined))
    throw new InvalidRequestError(
      'forwardSession() takes no auth, cookies or trustEnv: no visitor has those of others',
    );
  strings(to, 'to');
  const names = typeof forwardCookies === 'function' ? undefined : forwardCookies;
  for (const [name, list] of Object.entries({
    forwardCookies: names,
    forwardHeaders,
    allowedHosts,
  }))
    if (list !== undefined) strings(list, name);
  const origins = new Set(to.map((origin) => parseUrl(origin, undefined, 'origin in to').origin));

  const visit = readIncoming(incoming);
  const headers = readVisitorHeaders(visit, forwardHeaders);
  const passes =
    typeof forwardCookies === 'function'
      ? forwardCookies
      : (name: string) => names?.includes(name) ?? true;
  const cookies = parseCookies(headerOf(visit, 'cookie')).filter(({ name }) => passes(name));
  if (allowedHosts) rest.baseUrl ??= deriveBaseUrl(visit, allowedHosts);

  const child = parent.extend(
    nullPrototype<ExtendOptions>(rest, { auth: null, cookies: 'new', trustEnv: false }),
  );
  const own = readHeaders(rest.headers ?? {});
  for (const name of ['authorization', 'cookie'])
    if (!own.has(name) && getHeader(inherited.list(undefined), name)) child.headers.delete(name);
  for (const [name, value] of headers) if (!own.has(name)) child.headers.set(name, value);

  const state = child[internals];
  const render: Render = { setCookies: [], responses: [] };
  const layer = (state.cookieLayer = new VisitorLayer(
    platform.cookieLayer,
    origins,
    cookies,
    headers,
    render,
  ));
  state.refuse = keepRooted;
  child.use(recordResponses(state, render));

  const leave = (reason: unknown = new SessionClosedError('The visitor went away')): void => {
    layer.end(reason);
    // Nobody waits for it, and a transport that cannot close has nobody to tell.
    void child.destroy(reason).catch(() => {});
  };
  const stop = watchVisitor(visit, leave);
  state.owned.add({ close: async () => stop() });
  return child;
}
