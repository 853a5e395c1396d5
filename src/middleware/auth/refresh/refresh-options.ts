import type { Awaitable } from '../../../types/context.ts';
import type { SessionRequest } from '../../../types/middleware.ts';
import { inProcessLock, type Lock } from './lock.ts';
import type { Tokens } from './tokens.ts';
import { count, func, kind, readRecord } from '../../../options/kinds.ts';
import { frozenCopy, ownCopy } from '../../../options/copies.ts';
import { nullPrototype } from '../../../options/null-prototype.ts';

/**
 * What `refresh()` takes. A call that one of these functions makes in the session itself needs
 * `auth: null`, or it waits for its own outcome.
 */
export interface RefreshOptions {
  /**
   * The tokens in the store. Asked before the first call, as long as there are none, and before
   * each renewal: another tab or process may have renewed.
   *
   * `undefined`: nobody is logged in, so calls are sent without tokens. `null`: there are none yet,
   * and `renew` can do without (client credentials): it gets the first ones before a call is sent,
   * which spares a 401.
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
   * with that; later ones use the new tokens. It is not run when the lock was lost meanwhile, which
   * counts as if it had thrown.
   *
   * @param held the lock's signal, and its fence: a store that others write, too, has to refuse a
   * smaller one than it has seen, as this holder may have been paused past its time.
   */
  save?(tokens: Tokens, held: LockHold): Awaitable<void>;
  /**
   * Puts tokens on a request, by its own records.
   *
   * @default `authorization: Bearer` and the `accessToken`, if there is one
   */
  apply?(request: SessionRequest, tokens: Tokens): Awaitable<void>;
  /**
   * Whether to renew before sending.
   *
   * @default `expiresAt` is less than 10 s away
   */
  isExpired?(tokens: Tokens): boolean;
  /**
   * How far "once" reaches. `webLock(name)`: every tab and worker of the origin.
   *
   * @default the calls of every session that has this `Auth`
   */
  lock?: Lock | undefined;
  /**
   * How many renewals, within `per` ms, may bring tokens that the server refuses. Beyond them its
   * 401 is the answer, unless others have newer tokens. `false`: no limit.
   *
   * @default { count: 5, per: 30_000 }
   */
  renewals?:
    | {
        /** A whole number. */
        count: number;
        /** In ms, a whole number. */
        per: number;
      }
    | false
    | undefined;
}

/** What `save` is told of the lock under which the tokens were renewed. */
export interface LockHold {
  /** Aborts when the lock is lost. */
  readonly signal: AbortSignal;
  /** Grows with each holder of the lock. */
  readonly fence: number;
}

/** The option as it is read, where `false` has a `count` without end. */
export type RenewalLimit = Partial<Exclude<NonNullable<RefreshOptions['renewals']>, false>>;

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
  renewals: (value: unknown, name: string) =>
    readRecord(name, { count, per: count }, value === false ? { count: Infinity } : value),
};

/** The options with what has a default. */
export type DefinedRefreshOptions = RefreshOptions &
  Required<Pick<RefreshOptions, 'isExpired'>> & {
    readonly lock: Lock;
    readonly renewals?: RenewalLimit;
  };

/** A token that ends within these ms is renewed before it is sent. */
const renewalMargin = 10_000;

const endsSoon = ({ expiresAt }: Tokens): boolean =>
  (expiresAt ?? Infinity) < Date.now() + renewalMargin;

/**
 * The same over tokens that are nobody else's: each function has a copy of its own, and those that
 * it gives are copied.
 */
export function withOwnTokens(options: DefinedRefreshOptions): DefinedRefreshOptions {
  const { load, renew, save, apply, isExpired } = options;
  // A lock may have given them, too.
  const copy = <T extends Tokens | undefined>(tokens: T): T => ownCopy(tokens, 'refresh.lock');
  return nullPrototype(options, {
    load: async () => frozenCopy(await load(), 'refresh.load'),
    renew: async (tokens, signal) => frozenCopy(await renew(copy(tokens), signal), 'refresh.renew'),
    isExpired: (tokens) => isExpired(copy(tokens)),
    ...(save && { save: (tokens, held) => save(copy(tokens), held) }),
    ...(apply && { apply: (request, tokens) => apply(request, copy(tokens)) }),
  } satisfies Partial<RefreshOptions>);
}

/** A copy of the options, each checked. */
export function readRefreshOptions(options: RefreshOptions): DefinedRefreshOptions {
  // Kinds check each option that is there, and the two lines after it those that must be.
  const given = readRecord<RefreshOptions>('refresh', kinds, options);
  func(given.load, 'refresh.load');
  func(given.renew, 'refresh.renew');
  return nullPrototype({ isExpired: endsSoon, lock: inProcessLock() }, given);
}
