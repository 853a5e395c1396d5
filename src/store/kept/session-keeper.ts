import type { Session } from 'isosession';
import { internals } from '../../internals.ts';
import type { CookieRecord } from '../../types/cookies.ts';
import type { SessionSnapshot } from '../../types/session.ts';
import { changesOf, type CookieJournal } from './cookie-journal.ts';
import { inTime } from '../base/in-time.ts';
import type { SessionStore } from '../base/session-store.ts';
import { StoreError, toStoreError } from '../base/store-error.ts';
import { type Hold, runUnder } from './run-under.ts';
import { readAnswer, readFound } from './store-answers.ts';
import {
  applyChanges,
  type Changes,
  deletionOf,
  firstState,
  readState,
  type StoredState,
  writeState,
} from './stored-state.ts';

/** In ms: others who save at the same time have saved by then. */
const longestConflict = 20_000;
/** In ms, with a random part, longer with each conflict. */
const [firstWait, longestWait] = [4, 250];

/** Where a session is kept. */
export interface Keeping {
  readonly store: SessionStore;
  readonly id: string;
  readonly ttl: number | undefined;
}

/** What was found in a store, and the version by which the next one takes its place. */
export interface Found {
  readonly state: StoredState | undefined;
  readonly version: string | undefined;
}

/** Loads what is kept of a session. */
export async function loadState({ store, id }: Keeping): Promise<Found> {
  try {
    const found = readFound(await inTime(store.load(id)));
    return { state: found && readState(found.data), version: found?.version };
  } catch (error) {
    throw toStoreError(error);
  }
}

/** Keeps a session that is open. */
export class SessionKeeper {
  readonly #session: Session;
  readonly #keeping: Keeping;
  readonly #journal: CookieJournal;
  /** What this session has had of what is kept, and its own part as it was saved last. */
  #seen: StoredState;
  /** What the store has, as far as is known here: others may have changed it since. */
  #found: Found;
  /** Whether it has to be saved though nothing was changed: that prolongs its life. */
  #isDue: boolean;
  #saving: Promise<void> = Promise.resolve();

  /** @param snapshot what the session was when it was opened */
  constructor(
    session: Session,
    keeping: Keeping,
    journal: CookieJournal,
    { found, snapshot }: { found: Found; snapshot: SessionSnapshot },
  ) {
    this.#session = session;
    this.#keeping = keeping;
    this.#journal = journal;
    this.#seen = { ...(found.state ?? firstState(snapshot)), snapshot: withoutCookies(snapshot) };
    this.#found = found;
    this.#isDue = found.version !== undefined && keeping.ttl !== undefined;
  }

  /** Saves what was changed. One saving after the other: each begins where the last one ended. */
  save(): Promise<void> {
    const saving = this.#saving.catch(() => {}).then(() => this.#save());
    this.#saving = saving;
    return saving;
  }

  async #save(): Promise<void> {
    const notes = this.#journal.take();
    try {
      const snapshot = await this.#session.snapshot();
      const own = withoutCookies(snapshot);
      const isChanged = JSON.stringify(own) !== JSON.stringify(this.#seen.snapshot);
      if (notes.size === 0 && !isChanged && !this.#isDue) return;
      const changes = changesOf(notes, snapshot.cookies, this.#seen.cookies);
      await this.#write(changes, isChanged ? own : undefined);
      this.#isDue = false;
    } catch (error) {
      this.#journal.putBack(notes);
      throw toStoreError(error);
    }
  }

  /** Where a store cannot compare, its lock keeps others from saving in between. */
  #write(changes: Changes, own: SessionSnapshot | undefined): Promise<void> {
    const { store, id } = this.#keeping;
    if (store.capabilities.compareAndSet) return this.#merge(changes, own);
    const reloadAndMerge = async (hold?: Hold): Promise<void> => {
      this.#found = await loadState(this.#keeping);
      await this.#merge(changes, own, hold);
    };
    return store.lock ? runUnder(store.lock, id, reloadAndMerge) : reloadAndMerge();
  }

  /** Writes the changes over what is kept, as often as others have changed that meanwhile. */
  async #merge(changes: Changes, own: SessionSnapshot | undefined, hold?: Hold): Promise<void> {
    const { store, id, ttl } = this.#keeping;
    const seen = this.#seen;
    const end = performance.now() + longestConflict;
    for (let wait = firstWait; ; wait = Math.min(2 * wait, longestWait)) {
      // Of a session that somebody has ended, what was changed here since is all that is left.
      const base = this.#found.state ?? firstState(seen.snapshot);
      const next = applyChanges(base, own ?? base.snapshot, changes);
      const data = writeState(next, Date.now());
      hold?.check();
      const options = { expected: this.#found.version, ttl, fence: hold?.fence };
      const version = readAnswer(await inTime(store.save(id, data, options)));
      if (version !== undefined) {
        this.#found = { state: next, version };
        this.#takeOver(next.cookies, seen.cookies, changes);
        this.#seen = { cookies: next.cookies, snapshot: own ?? seen.snapshot };
        return;
      }
      if (performance.now() > end)
        throw new StoreError('conflict', 'The session could not be saved for 20 s: others kept on');
      await new Promise((resolve) => setTimeout(resolve, wait * Math.random()));
      this.#found = await loadState(this.#keeping);
    }
  }

  /** Gives the session the cookies that others have changed. */
  #takeOver(next: Changes, seen: Changes, changes: Changes): void {
    const { cookies } = this.#session[internals];
    const records: CookieRecord[] = [];
    for (const [key, cookie] of next) {
      const isOurs = changes.get(key) === cookie || this.#journal.has(key);
      if (isOurs || seen.get(key)?.time === cookie.time) continue;
      records.push(cookie.record ?? deletionOf(key));
    }
    if (!cookies || records.length === 0) return;
    void this.#journal.pausedFor(() => cookies.import(records));
  }
}

function withoutCookies(snapshot: SessionSnapshot): SessionSnapshot {
  return { ...snapshot, cookies: [] };
}
