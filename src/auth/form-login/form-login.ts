import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import { renewing } from '../../middleware/auth/refresh/refresh.ts';
import { readRefreshOptions } from '../../middleware/auth/refresh/refresh-options.ts';
import type { Tokens } from '../../middleware/auth/refresh/tokens.ts';
import type { SessionState } from '../../model.ts';
import { callOf } from '../../request/session-request.ts';
import { resolveInput } from '../../request/base/base-url.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import type { Auth, Next, SessionRequest } from '../../types/middleware.ts';
import { comesInTime } from '../shared/comes-in-time.ts';
import { isSamePage, logIn, type RefusedLogin } from './log-in.ts';
import { type FormLoginOptions, isFields, readFormLogin } from './options.ts';

/** A browser's store of cookies has no object of its own. */
const hostJar = {};

/** Of one jar, which is what is logged in. */
interface JarLogin {
  /** The session that used it last, and lives. */
  state: SessionState;
  readonly auth: Auth;
}

/**
 * A login by the form of a page, in the session's cookies. A response that says that the session
 * has expired makes it load the page, fill in its form, which may hold a token of the server's, and
 * send it; then the call is sent again, if its body can be. Any number of calls cause one login.
 *
 * A login that is refused is an error, and is not tried again until `fields` gives others, so that
 * no account is locked. It acts for calls to the origin of `url`, and to `baseUrl`'s and `origins`;
 * the form may be sent nowhere else. `htmlparser2` has to be installed.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { formLogin } from 'isosession/auth';
 *
 * const shop = new Session({
 *   baseUrl: 'https://shop.example.com/',
 *   auth: formLogin({ url: 'login', fields: { username: 'ann', password: 'secret' } }),
 * });
 * const orders = await shop.get('orders').text();
 * ```
 *
 * @throws {InvalidRequestError} for an option that does not exist or has a wrong value; from the
 * call, when the login is refused, or the form would be sent to another origin or by GET;
 * {@link DecodeError} when the page has no such form; {@link HTTPError} when it has none and an
 * error's status; {@link UnsupportedError} without `htmlparser2`, and in a session with
 * `cookies: false`.
 */
export function formLogin(options: FormLoginOptions): Auth {
  const given = readFormLogin(options);
  const { lock, renewals } = given;
  const logins = new WeakMap<object, JarLogin>();

  function createLogin(state: SessionState): JarLogin {
    /** Sendings that are not answered yet. */
    const underWay = new Set<Promise<SessionResponse>>();
    let loggingIn: Promise<unknown> | undefined;
    let refused: { readonly fields: string; readonly login: RefusedLogin } | undefined;

    /** An answer to the old cookies may delete the new ones: the two must not overlap. */
    async function send(request: SessionRequest, next: Next): Promise<SessionResponse> {
      if (loggingIn) await comesInTime(loggingIn, request.signal);
      const sending = next(request);
      underWay.add(sending);
      try {
        return await sending;
      } finally {
        underWay.delete(sending);
      }
    }

    async function renew(): Promise<Tokens> {
      const running = renewAlone();
      loggingIn = running.then(
        () => (loggingIn = undefined),
        () => (loggingIn = undefined),
      );
      return running;
    }

    async function renewAlone(): Promise<Tokens> {
      await comesInTime(Promise.allSettled(underWay), undefined);
      const fields = await readFields(given);
      const key = JSON.stringify(Object.entries(fields).sort());
      if (refused?.fields === key) throw refused.login.error;
      const url = loginPage(login.state);
      const failure = await logIn({ state: login.state, url, fields, options: given });
      refused = failure && { fields: key, login: failure };
      if (failure) throw failure.error;
      return {};
    }

    // What is logged in is the jar: there are no tokens to keep.
    const refreshed = readRefreshOptions({ load: () => ({}), renew, lock, renewals });
    const inner = renewing(refreshed, hasExpired);
    const auth: Auth = (request, next) => inner(request, (sent) => send(sent, next));
    const login: JarLogin = { state, auth };
    return login;
  }

  const loginPage = (state: SessionState): URL =>
    resolveInput(state, given.url, 'url of formLogin');

  function hasExpired(request: SessionRequest, response: SessionResponse): boolean {
    if (given.expired) return given.expired(response);
    const { state } = callOf(request);
    const page = loginPage(state);
    if (isSamePage(request.url, page)) return false;
    const urls = [...response.history, response].map(({ url }) => new URL(url));
    if (urls.some((url) => isSamePage(url, page))) return true;
    const last = new URL(response.url);
    const location = response.headers.get('location');
    if (location !== null && URL.canParse(location, last) && response.status < 400)
      return isSamePage(new URL(location, last), page);
    const isOwn = last.origin === page.origin || state.trustedOrigins?.has(last.origin);
    return isOwn === true && (response.status === 401 || response.status === 419);
  }

  return async (request, next) => {
    const { state } = callOf(request);
    const { origin } = request.url;
    if (origin !== loginPage(state).origin && !state.trustedOrigins?.has(origin))
      return next(request);
    if (!state.cookies)
      throw new UnsupportedError(
        'formLogin() logs in by cookies, which a session with cookies: false does not keep',
      );
    const jar = state.cookies.jar ?? hostJar;
    let login = logins.get(jar);
    if (login) login.state = state;
    else logins.set(jar, (login = createLogin(state)));
    return login.auth(request, next);
  };
}

async function readFields({ fields }: FormLoginOptions): Promise<Record<string, string>> {
  const read: unknown = typeof fields === 'function' ? await fields() : fields;
  if (isFields(read)) return read;
  throw new InvalidRequestError('fields of formLogin must be a record of strings');
}
