import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { parseUrl } from '../../request/url.ts';
import type { SessionCookies } from '../../types/cookies.ts';
import type { SessionOptions } from '../../types/options.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { strings } from '../../options/kinds.ts';

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
  /**
   * Which of the visitor's cookies are sent, by name.
   *
   * @default all
   */
  forwardCookies?: readonly string[] | ((name: string) => boolean) | undefined;
  /**
   * Cookies that the server itself keeps for this visitor alone, such as those of `openSession()`.
   * The calls send them, but for names that the visitor has sent, and change them.
   *
   * @default new ones, which end with the session
   */
  cookies?: SessionCookies | undefined;
  /**
   * Which of the visitor's headers are sent, by name. Some never are, and throw: those of the
   * connection, of who asks and of secrets.
   *
   * @default ['accept-language', 'traceparent', 'tracestate', 'x-request-id']
   */
  forwardHeaders?: readonly string[] | undefined;
  /**
   * `host` or `host:port`: makes the `baseUrl`, where none is given, of the host that the visitor
   * has called, if it is one of these, and of the parent's `baseUrl` if that is relative.
   *
   * @default the host that was called is not used
   */
  allowedHosts?: readonly string[] | undefined;
}

/** The options of `forwardSession`, checked, apart from those of the session. */
interface ReadForwardOptions {
  readonly to: ReadonlySet<string>;
  readonly isForwarded: (cookieName: string) => boolean;
  readonly cookies: SessionCookies | undefined;
  readonly forwardHeaders: readonly string[] | undefined;
  readonly allowedHosts: readonly string[] | undefined;
  readonly session: SessionOptions;
}

const notShared = ['auth', 'trustEnv'] as const;

/** @param sharedCookies those of the parent */
export function readForwardOptions(
  options: ForwardOptions,
  sharedCookies: SessionCookies | undefined,
): ReadForwardOptions {
  const { to, forwardCookies, cookies, forwardHeaders, allowedHosts, ...session } = nullPrototype<
    ForwardOptions & Pick<SessionOptions, (typeof notShared)[number]>
  >(options);
  if (notShared.some((name) => session[name] !== undefined))
    throw new InvalidRequestError(
      'forwardSession() takes no auth or trustEnv: no visitor has those of others',
    );
  // Words such as 'share' mean the cookies of all visitors.
  if (cookies !== undefined && (Object(cookies) !== cookies || cookies === sharedCookies))
    throw new InvalidRequestError(
      "cookies must be those of this visitor's own session, as openSession() gives it",
    );
  strings(to, 'to');
  if (forwardHeaders !== undefined) strings(forwardHeaders, 'forwardHeaders');
  if (allowedHosts !== undefined) strings(allowedHosts, 'allowedHosts');
  return {
    to: new Set(to.map((origin) => parseUrl(origin, undefined, 'origin in to').origin)),
    isForwarded: readCookieFilter(forwardCookies),
    cookies,
    forwardHeaders,
    allowedHosts,
    session,
  };
}

function readCookieFilter(given: ForwardOptions['forwardCookies']): (name: string) => boolean {
  if (given === undefined) return () => true;
  if (typeof given === 'function') return given;
  strings(given, 'forwardCookies');
  return (name) => given.includes(name);
}
