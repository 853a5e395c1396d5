import { SessionResponse } from '../../../response/session-response.ts';
import { discard } from '../../../response/wrap-response.ts';
import type { CallContext } from '../../../types/context.ts';
import type { Auth, Next, SessionRequest } from '../../../types/middleware.ts';
import { bearer } from '../bearer.ts';
import {
  type DefinedRefreshOptions,
  readRefreshOptions,
  type RefreshOptions,
  withOwnTokens,
} from './refresh-options.ts';
import { countRenewals } from './renewal-limit.ts';
import { createTokenKeeper } from './token-keeper.ts';
import type { Generation } from './tokens.ts';
import { waitForTokens } from './wait-for-tokens.ts';

/**
 * With its own tokens, with newer ones and with those of its own renewal: then a call has seen all
 * there is.
 */
const mostLegs = 3;

/**
 * Tokens that renew themselves: when the server answers 401, or before they expire. Any number of
 * calls cause one renewal and are sent again with the new tokens. A call that was sent with older
 * tokens than there are now is only sent again; none causes more than one renewal, and a second 401
 * is its response.
 *
 * It belongs to one login: for the next one, make and assign another. With HttpOnly cookies, `load`
 * and `renew` give `{}`.
 *
 * @example
 * ```ts
 * import { refresh, Session, type Tokens } from 'isosession';
 *
 * const api: Session = new Session({
 *   baseUrl: 'https://api.example.com/',
 *   auth: refresh({
 *     load() {
 *       const saved = localStorage.getItem('tokens');
 *       return saved === null ? undefined : (JSON.parse(saved) as Tokens);
 *     },
 *     renew: (tokens) =>
 *       api
 *         .post('token', {
 *           json: { refreshToken: tokens?.refreshToken },
 *           auth: null,
 *           redirect: 'error',
 *         })
 *         .json<Tokens>(),
 *     save: (tokens) => localStorage.setItem('tokens', JSON.stringify(tokens)),
 *   }),
 * });
 * ```
 *
 * @throws {InvalidRequestError} for an option that does not exist or has a wrong value; from the
 * call, when no tokens come within 60 s. The call rejects with what `load`, `renew` or `save`
 * throws.
 */
export function refresh(options: RefreshOptions): Auth {
  return renewing(readRefreshOptions(options), isUnauthorized);
}

/** Whether a response says that the tokens, or the login, hold no longer. */
export type IsRefused = (request: SessionRequest, response: SessionResponse) => boolean;

/** What {@link refresh} is, for credentials whose refusal is told by another sign as well. */
export function renewing(options: DefinedRefreshOptions, isRefused: IsRefused): Auth {
  const given = withOwnTokens(options);
  const counter = countRenewals(given.renewals);
  const keeper = createTokenKeeper(given, counter);
  /** The renewal that a call has had, over all of its attempts. */
  const renewals = new WeakMap<CallContext, Promise<boolean>>();

  /** Waits until there are other tokens than these. */
  async function replace(used: Generation, { context, signal }: SessionRequest): Promise<void> {
    if (keeper.current !== used) return;
    const renewal = keeper.renew(used);
    renewals.set(context, renewal);
    const hasRenewed = await waitForTokens(renewal, signal);
    if (!hasRenewed) renewals.delete(context);
  }

  function isDue({ tokens, fresh }: Generation, { context }: SessionRequest): boolean {
    if (tokens === undefined || !fresh || renewals.has(context)) return false;
    return tokens === null || given.isExpired(tokens);
  }

  /** Gets the first tokens, or renews those that are about to end, which spares the call a 401. */
  async function renewAhead(used: Generation, request: SessionRequest): Promise<void> {
    try {
      await replace(used, request);
    } catch (error) {
      // Such a renewal may fail as long as the tokens hold.
      const stillHold = (used.tokens?.expiresAt ?? 0) > Date.now();
      if (!stillHold) throw error;
    }
  }

  /** Whether the call has had its renewal, and these are the tokens that came of it. */
  async function hasRenewed(used: Generation, request: SessionRequest): Promise<boolean> {
    const renewal = renewals.get(request.context);
    if (keeper.current !== used || !renewal) return false;
    // An attempt that a middleware gave up may have left it under way.
    await waitForTokens(renewal, request.signal);
    return keeper.current === used;
  }

  /** Gets other tokens, unless there are none and the 401 is the answer. */
  async function replaceRefused(
    used: Generation,
    request: SessionRequest,
    response: SessionResponse,
  ): Promise<boolean> {
    // A renewal may need the connection that an unread body holds.
    const { isOpen } = counter;
    if (isOpen) discard(response);
    let isAnswer = false;
    try {
      await replace(used, request);
      isAnswer = !isOpen && keeper.current === used;
    } finally {
      if (!isAnswer) discard(response);
    }
    return !isAnswer;
  }

  return async (request, next) => {
    for (let leg = 1; ; leg++) {
      if (!keeper.current?.tokens) await waitForTokens(keeper.load(), request.signal);
      const loaded = keeper.current as Generation; // Set by load(), unless it throws.
      if (isDue(loaded, request)) await renewAhead(loaded, request);
      const used = keeper.current ?? loaded;
      const response = await sendWith(used.tokens, request, next, given);
      const refused = isRefused(request, response);
      counter.judge(used, { refused, ok: response.ok });
      if (!refused || leg === mostLegs) return response;
      if (await hasRenewed(used, request)) return response;
      if (!(await replaceRefused(used, request, response))) return response;
    }
  };
}

async function sendWith(
  tokens: Generation['tokens'],
  request: SessionRequest,
  next: Next,
  options: RefreshOptions,
): Promise<SessionResponse> {
  if (tokens && options.apply) {
    const copy = { ...request, url: new URL(request.url), headers: new Headers(request.headers) };
    await options.apply(copy, tokens);
    return next(copy);
  }
  if (tokens?.accessToken === undefined) return next(request);
  // It gives what `next` gives.
  return (await bearer(tokens.accessToken)(request, next)) as SessionResponse;
}

/** Who was given tokens answers 401. */
export const isUnauthorized: IsRefused = (request, response) =>
  response.status === 401 && wasGivenTokens(request, response);

/**
 * Whether who answers was given tokens. A redirect of ours that dropped them has said so; of those
 * that the host follows, the last URL tells.
 */
function wasGivenTokens({ url }: SessionRequest, response: SessionResponse): boolean {
  const { secrets } = SessionResponse.stateOf(response).sent;
  if (response.history.length > 0) return secrets !== 'none';
  return new URL(response.url).origin === url.origin;
}
