import type { CookieRecord } from '../../types/cookies.ts';
import { type Changes, type DatedCookie, isExpired, keyOfCookie } from './stored-state.ts';

/** A cookie as it was when it was changed last, and when that was. */
interface Note {
  readonly record: CookieRecord;
  /** In ms since 1970. */
  readonly time: number;
}

export type Notes = ReadonlyMap<string, Note>;

/** Which cookies of a session were changed since they were last kept. */
export class CookieJournal {
  #notes = new Map<string, Note>();
  #isPaused = false;

  get isEmpty(): boolean {
    return this.#notes.size === 0;
  }

  has(key: string): boolean {
    return this.#notes.has(key);
  }

  /** Takes note of a cookie that was set or removed just now. */
  note(record: CookieRecord): void {
    if (!this.#isPaused) this.#notes.set(keyOfCookie(record), { record, time: Date.now() });
  }

  /** What was noted until now: from here on, the journal begins anew. */
  take(): Notes {
    const notes = this.#notes;
    this.#notes = new Map();
    return notes;
  }

  /** Puts back what could not be kept, below what has been noted since. */
  putBack(notes: Notes): void {
    this.#notes = new Map([...notes, ...this.#notes]);
  }

  /** Runs a task at once whose changes are those of others. */
  pausedFor<T>(task: () => T): T {
    this.#isPaused = true;
    try {
      return task();
    } finally {
      this.#isPaused = false;
    }
  }
}

/**
 * What the notes have come to. A cookie that has ended by itself was not deleted: others may have
 * prolonged it.
 *
 * @param records the cookies as they are now
 * @param seen what the session has had of what is kept: a change is later than what it changes
 */
export function changesOf(notes: Notes, records: readonly CookieRecord[], seen: Changes): Changes {
  const now = Date.now();
  const alive = new Map(records.map((record) => [keyOfCookie(record), record]));
  const changes = new Map<string, DatedCookie>();
  for (const [key, { record: last, time }] of notes) {
    const record = alive.get(key);
    if (!record && isExpired(last, now)) continue;
    changes.set(key, { record, time: Math.max(time, (seen.get(key)?.time ?? 0) + 1) });
  }
  return changes;
}
