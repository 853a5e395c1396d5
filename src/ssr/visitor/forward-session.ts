import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { SessionClosedError } from '../../errors/session-closed-error.ts';
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import type { Session } from '../../index.browser.ts';
import { internals } from '../../internals.ts';
import { getHeader, readHeaders } from '../../request/headers.ts';
import { collectResponses } from '../hydration/collect-responses.ts';
import {
  type IncomingEventLike,
  type IncomingMessageLike,
  readIncoming,
} from '../incoming/incoming.ts';
import { checkRelativeInput } from './check-relative-input.ts';
import { deriveBaseUrl } from './derive-base-url.ts';
import { type ForwardOptions, readForwardOptions } from './forward-options.ts';
import { readForwardedHeaders } from './forwarded-headers.ts';
import { parseCookies, valueOf } from '../render/visitor-cookies.ts';
import { isVisitorLayer, VisitorLayer } from '../render/visitor-layer.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import type { ExtendOptions } from '../../types/session.ts';

/** Default headers of the parent that no visitor gets. */
const secrets = ['authorization', 'cookie'];

/**
 * A session for one incoming request: a child of `parent` over the same connections, with its
 * defaults, middleware and hooks, but with cookies of its own, new ones or those that `cookies`
 * gives, and without its credentials (`auth`, the headers `authorization` and `cookie`). Other
 * default headers, such as an API key, are the server's own and stay. The visitor's cookies go to
 * the origins in `to` alone, and so do the forwarded headers, but for those that tell nothing of
 * who asks; what one of these backends sets during the render goes before what the visitor has
 * sent. When the visitor goes away, what is under way is aborted.
 *
 * The headers of a connection, `host`, `forwarded`, `x-forwarded-*`, `origin`, `referer`, `sec-*`,
 * `cookie`, `authorization` and whatever the visitor's `Connection` names are never forwarded. A
 * relative input leads to `baseUrl`'s origin or is refused, since `//host/` in a visitor's path
 * would not.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { applySetCookies, forwardSession } from 'isosession/ssr';
 *
 * const api = new Session({ baseUrl: 'https://api.example.com/' });
 *
 * export async function handle(request: Request): Promise<Response> {
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
  const { cookieLayer, cookies: shared, platform, relativeBaseUrl } = parent[internals];
  if (!platform.cookieLayer)
    throw new UnsupportedError(
      'forwardSession() is for servers: in a browser, the browser itself sends its ' +
        "visitor's cookies",
    );
  if (isVisitorLayer(cookieLayer))
    throw new InvalidRequestError(
      'The parent of forwardSession() is itself the session of one visitor: give the one that ' +
        'all share',
    );
  const { to, isForwarded, cookies, forwardHeaders, allowedHosts, session } = readForwardOptions(
    options,
    shared,
  );
  const visitor = readIncoming(incoming);
  const headers = readForwardedHeaders(visitor, forwardHeaders);
  const sent = parseCookies(visitor.header('cookie')).filter(
    ({ name, pair }) => isForwarded(name) && !platform.cookieLayer?.isForged?.(name, valueOf(pair)),
  );
  if (allowedHosts) session.baseUrl ??= deriveBaseUrl(visitor, allowedHosts, relativeBaseUrl);

  const child = parent.extend(
    nullPrototype<ExtendOptions>(session, {
      auth: null,
      cookies: cookies ?? 'new',
      trustEnv: false,
    }),
  );
  const own = readHeaders(session.headers ?? {});
  const inherited = parent[internals].headers.list(undefined);
  for (const name of secrets)
    if (!own.has(name) && getHeader(inherited, name)) child.headers.delete(name);
  for (const [name, value] of headers) if (!own.has(name)) child.headers.set(name, value);

  const state = child[internals];
  const layer = new VisitorLayer(platform.cookieLayer, { to, cookies: sent, headers });
  state.cookieLayer = layer;
  state.refuse = checkRelativeInput;
  child.use(collectResponses(state, layer.output));

  const leave = (reason: unknown = new SessionClosedError('The visitor went away')): void => {
    layer.end(reason);
    // Nobody waits for it, and a transport that cannot close has nobody to tell.
    void child.destroy(reason).catch(() => {});
  };
  const stop = visitor.watch(leave);
  state.owned.add({ close: async () => stop() });
  return child;
}
