import { isVisible } from '../../request/credentials.ts';
import { Deadline } from '../../cancellation/deadline.ts';
import { func, kind, readRecord } from '../../options/kinds.ts';
import { discard, type SessionResponse } from '../../response/session-response.ts';
import { Cancellation } from '../../cancellation/cancellation.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Awaitable, CallContext } from '../../types/context.ts';
import type { Auth, Next, SessionRequest } from '../../types/middleware.ts';
import { bearer } from './bearer.ts';

/**
 * The credentials of a login as {@link RefreshOptions} has them, and whatever else belongs to them.
 */
export interface Tokens {
  /** Sent as a bearer token. None in a session of HttpOnly cookies. */
  accessToken?: string | undefined;
  refreshToken?: string | undefined;
  /** When the access token ends, in ms since 1970, as `Date.now()` counts. */
  expiresAt?: number | undefined;
  [name: string]: unknown;
}

/**
 * What `refresh()` takes. A call that one of these functions makes in the session itself needs
 * `auth: null`, or it waits for its own outcome.
 */
export interface RefreshOptions {
  /**
   * The tokens in the store. Asked before the first call, as long as there are none, and before
   * each renewal: another tab or process may have renewed.
   */
  load(): Awaitable<Tokens | null | undefined>;
  /**
   * Gets new tokens; `{}` where they are HttpOnly cookies. They take the place of all the old ones:
   * hand on a `refreshToken` that the server keeps. What it throws is what every call that waited
   * rejects with; the old tokens are kept and the next call tries anew. A renewal is never repeated
   * by itself, and it goes on when the calls that wait for it are aborted, as a rotated token would
   * be lost. `signal` is the lock's.
   */
  renew(current: Tokens | undefined, signal: AbortSignal): Promise<Tokens>;
  /**
   * Keeps new tokens, before the lock is released. When it throws, the calls that waited reject
   * with that; later ones use the new tokens.
   */
  save?(tokens: Tokens): Awaitable<void>;
  /**
   * Puts tokens on a request, by its own records. Default: `authorization: Bearer` and the
   * `accessToken`, if there is one.
   */
  apply?(request: SessionRequest, tokens: Tokens): Awaitable<void>;
  /** Whether to renew before sending. Default: `expiresAt` is less than 10 s away. */
  isExpired?(tokens: Tokens): boolean;
  /**
   * How far "once" reaches. Default: the calls of every session that has this `Auth`.
   * `webLock(name)`: every tab and worker of the origin.
   */
  lock?: Lock | undefined;
}

/** Runs one task at a time, as far as it reaches: a tab, a process, many hosts. */
export interface Lock {
  /**
   * `key` tells one set of tokens from all others, and holds them: a secret. `signal` aborts when
   * the lock is lost. Where somebody else has run a task for the same key, a lock may resolve to
   * their result, a record that can be cloned.
   */
  run<T>(key: string, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** Tokens as they came at one time. Which of them a call was sent with is told by identity. */
interface Generation {
  readonly tokens: Tokens | undefined;
  /** The same wherever the same tokens are. */
  readonly key: string;
  /** They were good when they came. If not, some clock is wrong, and only the server can tell. */
  readonly fresh: boolean;
}

/** How long a call waits, in ms: nothing else ends a renewal that waits for itself. */
const patience = 60_000;

const kinds = {
  load: func,
  renew: func,
  save: func,
  apply: func,
  isExpired: func,
  lock: /* @__PURE__ */ kind(
    'an object with a run() method',
    (value?: Lock) => typeof value?.run === 'function',
  ),
};

/** The calls of one `refresh()` share a renewal in any case; this lock is never lost. */
const inProcess: Lock = { run: (_, task) => task(new AbortController().signal) };

/**
 * Tokens that renew themselves: when the server answers 401, or before they expire. Any number of
 * calls cause one renewal and are sent again with the new tokens. A call that was sent with older
 * tokens than there are now is only sent again; none causes more than one renewal, and a second 401
 * is its response.
 *
 * ```ts
 * const api = new Session({
 *   baseUrl: 'https://api.example.com/',
 *   auth: refresh({
 *     load: () => JSON.parse(localStorage.getItem('tokens') ?? 'null'),
 *     renew: (tokens) => api.post('token', { json: { refreshToken: tokens?.refreshToken }, auth: null, redirect: 'error' }).json(),
 *     save: (tokens) => localStorage.setItem('tokens', JSON.stringify(tokens)),
 *   }),
 * });
 * ```
 *
 * It belongs to one login: for the next one, make and assign another. With HttpOnly cookies, `load`
 * and `renew` give `{}`.
 *
 * @throws {InvalidRequestError} for an option that does not exist or has a wrong value; from the
 * call, when no tokens come within 60 s. The call rejects with what `load`, `renew` or `save`
 * throws.
 */
export function refresh(options: RefreshOptions): Auth {
  const given = readRecord('refresh', kinds, options) as unknown as RefreshOptions;
  func(given.load, 'refresh.load');
  func(given.renew, 'refresh.renew');
  const { lock = inProcess } = given;
  const isExpired = (tokens: Tokens): boolean =>
    given.isExpired
      ? given.isExpired(tokens)
      : (tokens.expiresAt ?? Infinity) < Date.now() + 10_000;

  let current: Generation | undefined;
  let loading: Promise<void> | undefined;
  /** Whether it ran `renew`: the tokens may have come from somebody else. */
  let renewing: Promise<boolean> | undefined;
  /** What was in the store when we last looked: only what differs from it is news. */
  let stored: Tokens | undefined;
  /** The renewal that a call has had, over all of its attempts. */
  const renewals = new WeakMap<CallContext, Promise<boolean>>();

  async function load(): Promise<void> {
    const before = current;
    const tokens = (await given.load()) ?? undefined;
    // What was renewed meanwhile is newer.
    if (before !== current || (before && !tokens)) return;
    stored = tokens;
    current = { tokens, key: keyOf(tokens), fresh: true };
  }

  /** New tokens in the place of those that have failed. */
  async function renew(failed: Generation): Promise<boolean> {
    let renewed: Generation | undefined;
    let failure: { reason: unknown } | undefined;
    // Cookies that are new look like the old ones.
    const generation = (tokens: Tokens, fresh: boolean): Generation => ({
      tokens,
      key: keyOf(tokens).replace(/^{}$/, `${Math.random()}`),
      fresh,
    });
    try {
      current = await lock.run(failed.key, async (signal) => {
        const found = await given.load();
        const isNews = differs(found, stored) && differs(found, failed.tokens);
        stored = found ?? stored;
        if (isNews) return generation(found as Tokens, !isExpired(found as Tokens));
        const tokens = await given.renew(failed.tokens, signal);
        // What cannot be sent is never refused, and would stay for ever.
        if (
          Object(tokens) !== tokens ||
          !(given.apply || tokens.accessToken === undefined || isVisible(tokens.accessToken))
        ) {
          throw new InvalidRequestError(
            'refresh.renew must resolve to the new tokens, the accessToken in visible ASCII, or to {} when they are cookies',
          );
        }
        renewed = generation(tokens, false);
        try {
          await given.save?.(tokens);
          if (given.save) stored = tokens;
          renewed = generation(tokens, !isExpired(tokens));
        } catch (reason) {
          failure = { reason };
        }
        return renewed;
      });
    } catch (error) {
      // Whatever failed after that, the old ones are spent.
      current = renewed ?? current;
      throw error;
    }
    if (failure) throw failure.reason;
    return renewed !== undefined;
  }

  async function send(
    request: SessionRequest,
    next: Next,
    tokens: Tokens | undefined,
  ): Promise<SessionResponse> {
    if (tokens && given.apply) {
      const copy = { ...request, url: new URL(request.url), headers: new Headers(request.headers) };
      await given.apply(copy, tokens);
      return next(copy);
    }
    return tokens?.accessToken === undefined
      ? next(request)
      : ((await bearer(tokens.accessToken)(request, next)) as SessionResponse);
  }

  return async (request, next) => {
    const { context, signal } = request;
    /** Waits until there are other tokens than these. */
    const replace = async (used: Generation): Promise<void> => {
      if (current !== used) return;
      renewing ??= renew(used).finally(() => (renewing = undefined));
      renewals.set(context, renewing);
      if (!(await settled(renewing, signal))) renewals.delete(context);
    };

    for (let leg = 1; ; leg++) {
      if (!current?.tokens)
        await settled((loading ??= load().finally(() => (loading = undefined))), signal);
      let used = current as Generation;
      const { tokens, fresh } = used;
      if (tokens && fresh && !renewals.has(context) && isExpired(tokens)) {
        try {
          await replace(used);
        } catch (error) {
          // A renewal ahead of time may fail as long as the tokens hold.
          if (!((tokens.expiresAt as number) > Date.now())) throw error;
        }
        used = current as Generation;
      }
      const response = await send(request, next, used.tokens);
      // After its own tokens, newer ones and those of its own renewal, a call has seen all there
      // is.
      if (response.status !== 401 || leg === 3 || !wasGiven(request, response)) return response;
      const had = current === used && renewals.get(context);
      // An attempt that a middleware gave up may have left it under way.
      if (had) await settled(had, signal);
      if (had && current === used) return response;
      discard(response);
      await replace(used);
    }
  };
}

/**
 * Whether who answers was given tokens: another origin was by our own redirects alone, where both
 * are in the session's scope.
 */
function wasGiven(
  { url }: SessionRequest,
  { url: last, request, history }: SessionResponse,
): boolean {
  return (
    new URL(last).origin === url.origin ||
    (history.length > 0 && request.headers.has('authorization'))
  );
}

/**
 * What tells tokens apart, which their end does not: it may have been reckoned by each tab; `{}`
 * when they are cookies.
 */
function keyOf(tokens: Tokens = {}): string {
  const { accessToken, refreshToken, expiresAt, ...more } = tokens;
  return JSON.stringify((accessToken ?? refreshToken) ? [accessToken, refreshToken] : more);
}

/** Whether `found` says otherwise than `known`. A store need not keep all of it. */
function differs(found: Tokens | null | undefined, known: Tokens | undefined): boolean {
  return ['accessToken', 'refreshToken'].some(
    (name) => found?.[name] !== undefined && found[name] !== known?.[name],
  );
}

/** What the promise settles to, unless the call ends before. */
async function settled<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const scope = new Cancellation();
  const deadline = new Deadline({
    expire: () =>
      scope.cancel(
        new InvalidRequestError(
          'refresh(): no tokens came within 60 s. A call that load, renew or save makes in the session itself needs auth: null',
        ),
      ),
  });
  deadline.arm(patience);
  if (signal) scope.follow(signal);
  try {
    return await scope.within(promise);
  } finally {
    deadline.disarm();
    scope.release();
  }
}
