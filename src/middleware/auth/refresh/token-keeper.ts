import { InvalidRequestError } from '../../../errors/invalid-request-error.ts';
import { nullPrototype } from '../../../options/null-prototype.ts';
import { isVisible } from '../../../request/credentials.ts';
import type { DefinedRefreshOptions, LockHold } from './refresh-options.ts';
import type { RenewalCounter } from './renewal-limit.ts';
import { differs, type Generation, keyOf, keyOfRenewed, type Tokens } from './tokens.ts';

/** Has the tokens of one login, and loads and renews them once at a time. */
export interface TokenKeeper {
  /** `undefined` until the store was asked. */
  readonly current: Generation | undefined;
  /** Asks the store. Calls that come meanwhile wait for the same answer. */
  load(): Promise<void>;
  /**
   * Gets other tokens in the place of those that have failed, if there are any: beyond the limit of
   * renewals only those of others. Calls that come meanwhile wait for the same ones.
   *
   * @returns whether it ran `renew`: the tokens may have come from the store or another tab.
   */
  renew(failed: Generation): Promise<boolean>;
}

export function createTokenKeeper(
  options: DefinedRefreshOptions,
  renewals: RenewalCounter,
): TokenKeeper {
  let current: Generation | undefined;
  let loading: Promise<void> | undefined;
  let renewing: Promise<boolean> | undefined;
  /** What was in the store when we last looked: only what differs from it is news. */
  let stored: Generation['tokens'];

  async function load(): Promise<void> {
    const before = current;
    const tokens = await options.load();
    // What was renewed meanwhile is newer.
    if (before !== current) return;
    if (before && before.tokens === tokens) return;
    stored = tokens;
    current = { tokens, key: keyOf(tokens), fresh: true };
  }

  async function renew(failed: Generation): Promise<boolean> {
    let renewed: Generation | undefined;
    let saveFailure: { readonly reason: unknown } | undefined;
    let isHeldBack: boolean | undefined;
    const { isOpen } = renewals;
    try {
      const outcome = await options.lock.run(failed.key, async (signal, fence) => {
        const news = await findNews(failed.tokens);
        if (news) return news;
        if (!isOpen) {
          isHeldBack = true;
          // Thrown, as a lock may tell others of a result.
          throw new Error('refresh.renewals');
        }
        const tokens = await options.renew(failed.tokens ?? undefined, signal);
        if (!isSendable(tokens, options))
          throw new InvalidRequestError(
            'refresh.renew must resolve to the new tokens, the accessToken in visible ASCII, or ' +
              'to {} when they are cookies',
          );
        renewed = Object.freeze({ tokens, key: keyOfRenewed(tokens), fresh: false });
        try {
          await save(tokens, { signal, fence });
          renewed = Object.freeze({ ...renewed, fresh: !options.isExpired(tokens) });
        } catch (reason) {
          saveFailure = { reason };
        }
        return renewed;
      });
      // Another tab may have told it, or a lock of the caller's has made it up.
      if (!isGeneration(outcome, options))
        throw new InvalidRequestError('refresh.lock must resolve to what its task resolves to');
      current = outcome;
    } catch (error) {
      if (isHeldBack) return false;
      // Whatever failed after the renewal, the server takes the old tokens no more.
      current = renewed ?? current;
      throw error;
    } finally {
      if (current && current !== failed) renewals.watch(current);
    }
    if (saveFailure) throw saveFailure.reason;
    return renewed !== undefined;
  }

  /** The tokens that somebody else has put into the store since we last looked. */
  async function findNews(failed: Generation['tokens']): Promise<Generation | undefined> {
    const found = await options.load();
    if (!found) return undefined;
    const isNews = differs(found, stored) && differs(found, failed);
    stored = found;
    if (!isNews) return undefined;
    return { tokens: found, key: keyOfRenewed(found), fresh: !options.isExpired(found) };
  }

  async function save(tokens: Tokens, held: LockHold): Promise<void> {
    if (!options.save) return;
    held.signal.throwIfAborted();
    await options.save(tokens, held);
    stored = tokens;
  }

  return {
    get current() {
      return current;
    },
    load: () => (loading ??= load().finally(() => (loading = undefined))),
    renew: (failed) => (renewing ??= renew(failed).finally(() => (renewing = undefined))),
  };
}

function isGeneration(outcome: unknown, options: DefinedRefreshOptions): boolean {
  const { tokens, key, fresh } = nullPrototype<Partial<Generation>>(Object(outcome));
  return (
    typeof key === 'string' &&
    typeof fresh === 'boolean' &&
    tokens !== undefined &&
    tokens !== null &&
    isSendable(tokens, options)
  );
}

/** What cannot be sent is never refused by a server, and would stay for ever. */
function isSendable(tokens: Tokens, { apply }: DefinedRefreshOptions): boolean {
  if (Object(tokens) !== tokens) return false;
  return apply !== undefined || tokens.accessToken === undefined || isVisible(tokens.accessToken);
}
