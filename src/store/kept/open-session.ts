import { Session } from 'isosession';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import { internals } from '../../internals.ts';
import { count, oneOf } from '../../options/kinds.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import type { SessionOptions } from '../../types/options.ts';
import { checkId } from '../base/check-id.ts';
import { CookieJournal } from './cookie-journal.ts';
import { type Found, type Keeping, loadState, SessionKeeper } from './session-keeper.ts';
import { isStore, type SessionStore } from '../base/session-store.ts';
import { StoreError } from '../base/store-error.ts';
import { type StoredState, toSnapshot } from './stored-state.ts';

/** Options of {@link openSession}: those of a session, which win over what was kept, and these. */
export interface OpenSessionOptions extends Omit<SessionOptions, 'cookies'> {
  /** Where the session is kept. */
  store: SessionStore;
  /** Whose session it is, in this store. */
  id: string;
  /**
   * How long it is kept after it was last saved, in ms.
   *
   * @default for ever
   */
  ttl?: number | undefined;
  /**
   * What is to be done when the store does not answer. `'open'`: the session begins without what
   * was kept, and `close()` leaves unsaved what cannot be saved; a warning on the console tells of
   * both. What is damaged, or of a newer version, is an error in any case.
   *
   * @default 'fail'
   */
  onStoreError?: 'fail' | 'open' | undefined;
  /**
   * `false` for a session without cookies. There is no other jar than the one that is kept.
   *
   * @default what was kept
   */
  cookies?: false | undefined;
}

/** A session that is kept in a store. */
export type StoredSession = Session & {
  /**
   * Saves what was changed since it was opened or last saved, merged with what others have changed
   * meanwhile; their cookies the session has then, too.
   *
   * @throws {StoreError} when it cannot be saved; what was changed is saved by the next `save()`.
   */
  save(): Promise<void>;
};

/**
 * A session that outlives its process: it begins with what a store has of it – its cookies,
 * headers, parameters and other options, all that a snapshot holds – and is saved by `save()`,
 * `close()` and `await using`; not by `destroy()`, nor by an end after that. Without a change
 * nothing is written, but with a `ttl` once.
 *
 * Any number of processes may have it open. Who saves later merges, cookie by cookie: of each the
 * newest stays, deletions too; of all else that who has changed it last.
 *
 * @example
 * ```ts
 * import { fileStore } from 'isosession/node';
 * import { openSession } from 'isosession/store';
 *
 * await using session = await openSession({
 *   store: fileStore('./sessions'),
 *   id: 'robot',
 *   baseUrl: 'https://example.com/',
 * });
 * if ((await session.get('account')).status === 401)
 *   await session.post('login', { form: { user: 'robot' } });
 * ```
 *
 * @throws {StoreError} for a store that does not answer, and for what it holds that cannot be used;
 * {@link InvalidRequestError} for a bad option; {@link UnsupportedError} in browsers, which keep
 * their cookies themselves.
 */
export async function openSession(options: OpenSessionOptions): Promise<StoredSession> {
  const { keeping, isOpenTo, sessionOptions } = readOpenOptions(options);
  // Options that are wrong, and browsers, are refused before the store is asked.
  const empty = new Session(sessionOptions);
  refuseBrowser(empty);
  const found = await loadState(keeping).catch((error: StoreError): Found => {
    if (!isOpenTo(error)) throw error;
    warn(`was opened without what is kept of it: ${error.message}`);
    return { state: undefined, version: undefined };
  });
  const session = found.state ? restore(found.state, sessionOptions) : empty;
  const journal = new CookieJournal();
  session[internals].cookies?.watch?.((record) => journal.note(record));
  const snapshot = await session.snapshot();
  const keeper = new SessionKeeper(session, keeping, journal, { found, snapshot });

  const [closeSession, destroySession] = [
    session.close.bind(session),
    session.destroy.bind(session),
  ];
  let closing: Promise<void> | undefined;
  let isDestroyed = false;
  const saveLast = async (): Promise<void> => {
    if (isDestroyed) return;
    await keeper.save().catch((error: StoreError) => {
      if (!isOpenTo(error)) throw error;
      warn(`was closed without being saved: ${error.message}`);
    });
  };
  return Object.assign(session, {
    save: () => keeper.save(),
    // What its last calls bring is saved, too, and whatever its transports end with.
    close: () => (closing ??= closeSession().finally(saveLast)),
    destroy: (reason?: unknown) => {
      isDestroyed = true;
      return destroySession(reason);
    },
  });
}

interface ReadOpenOptions {
  readonly keeping: Keeping;
  /** Whether an error is one that the session is to be opened or closed in spite of. */
  readonly isOpenTo: (error: StoreError) => boolean;
  readonly sessionOptions: SessionOptions;
}

function readOpenOptions(options: OpenSessionOptions): ReadOpenOptions {
  const { store, id, ttl, onStoreError, ...sessionOptions } =
    nullPrototype<OpenSessionOptions>(options);
  isStore(store, 'store');
  checkId(id);
  if (ttl !== undefined) count(ttl, 'ttl');
  if (ttl === 0) throw new InvalidRequestError('ttl must be a time in ms, more than 0');
  if (onStoreError !== undefined) oneOf('fail', 'open')(onStoreError, 'onStoreError');
  const { cookies } = sessionOptions;
  if (cookies !== undefined && cookies !== false)
    throw new InvalidRequestError(
      'openSession() takes no cookies but false: its cookies are those that are kept',
    );
  return {
    keeping: { store, id, ttl },
    isOpenTo: ({ reason }) => onStoreError === 'open' && reason === 'unavailable',
    sessionOptions,
  };
}

function refuseBrowser(session: Session): void {
  if (session[internals].platform.cookieLayer) return;
  throw new UnsupportedError(
    'openSession() is for servers and programs: in a browser, the browser itself keeps the cookies',
  );
}

/** What was kept as a session, under the options of now, which are good. */
function restore(state: StoredState, options: SessionOptions): Session {
  try {
    return Session.restore(toSnapshot(state), options);
  } catch (cause) {
    throw new StoreError('corrupt', 'What was kept of the session cannot be restored', cause);
  }
}

function warn(what: string): void {
  console.warn(`isosession: a session ${what}`);
}
