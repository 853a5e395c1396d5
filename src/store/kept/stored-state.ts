/**
 * What is kept of a session: its snapshot, when each cookie was changed, and which were deleted.
 * Times are those of whoever made the change, but always later than what it knew of, so that no
 * clock that is slow brings a deleted cookie back.
 */
import type { CookieRecord } from '../../types/cookies.ts';
import type { SessionSnapshot } from '../../types/session.ts';
import { StoreError } from '../base/store-error.ts';

/** A cookie, and when it was changed; without a record, when it was deleted. */
export interface DatedCookie {
  readonly record: CookieRecord | undefined;
  /** In ms since 1970. */
  readonly time: number;
}

/** What was changed, by the key of the cookie. */
export type Changes = ReadonlyMap<string, DatedCookie>;

/** A session as it is kept. */
export interface StoredState {
  /** Without its cookies. */
  readonly snapshot: SessionSnapshot;
  readonly cookies: Changes;
}

/** How long a deletion is remembered, in ms: a session that saves later has missed it. */
const longestMemory = 86_400_000;
/** How many deletions are remembered, the latest ones. */
const mostDeletions = 1000;
/** How many cookies are kept, those that were changed last: as many as a jar holds. */
const mostCookies = 3000;

/** What tells a cookie from all others. */
type Place = [domain: string, hostOnly: boolean, path: string, name: string, partitioned: boolean];

export function keyOfCookie(record: CookieRecord): string {
  const { domain, hostOnly = !domain, path = '/', name, partitioned = false } = record;
  const place: Place = [domain ?? '', hostOnly, path, name, partitioned];
  return JSON.stringify(place);
}

/**
 * A record that removes the cookie of a key when it is imported: it has ended. What names with a
 * prefix ask for it has, too.
 */
export function deletionOf(key: string): CookieRecord {
  const fields: unknown = JSON.parse(key);
  const [domain, hostOnly, path, name, partitioned] = fields as Place;
  return {
    name,
    value: name === '' ? '-' : '',
    domain,
    hostOnly,
    path,
    partitioned,
    expires: 1,
    secure: true,
    httpOnly: true,
  };
}

/** Whether a text is the key of a cookie. */
function isKey(text: string): boolean {
  const kinds = ['string', 'boolean', 'string', 'string', 'boolean'];
  try {
    const fields: unknown = JSON.parse(text);
    return Array.isArray(fields) && kinds.every((type, i) => typeof fields[i] === type);
  } catch {
    return false;
  }
}

/** A state with the changes made to it: of each cookie the newest is kept. */
export function applyChanges(
  { cookies }: StoredState,
  snapshot: SessionSnapshot,
  changes: Changes,
): StoredState {
  const merged = new Map(cookies);
  for (const [key, change] of changes) {
    const there = merged.get(key);
    if (!there || change.time >= there.time) merged.set(key, change);
  }
  return { snapshot, cookies: merged };
}

/** The state of a session that nobody has kept yet. */
export function firstState(snapshot: SessionSnapshot): StoredState {
  return { snapshot: { ...snapshot, cookies: [] }, cookies: new Map() };
}

/** The snapshot with its cookies. */
export function toSnapshot({ snapshot, cookies }: StoredState): SessionSnapshot {
  return { ...snapshot, cookies: [...cookies.values()].flatMap(({ record }) => record ?? []) };
}

/** As text, without what has expired and what is forgotten. */
export function writeState({ snapshot, cookies }: StoredState, now: number): string {
  const entries = [...cookies];
  const kept = latest(
    entries.filter(([, { record }]) => record && !isExpired(record, now)),
    mostCookies,
  );
  const deleted = latest(
    entries.filter(([, { record, time }]) => !record && time > now - longestMemory),
    mostDeletions,
  );
  return JSON.stringify({
    version: 1,
    snapshot: { ...snapshot, cookies: kept.map(([, { record }]) => record) },
    times: kept.map(([, { time }]) => time),
    deleted: deleted.map(([key, { time }]) => [key, time]),
  });
}

/** Those that were changed last, in their order: it is that of their creation. */
function latest<T extends readonly [string, DatedCookie]>(entries: T[], most: number): T[] {
  if (entries.length <= most) return entries;
  const newest = entries.toSorted(([, one], [, other]) => other.time - one.time).slice(0, most);
  const kept = new Set(newest);
  return entries.filter((entry) => kept.has(entry));
}

/** What {@link writeState} has written. */
export function readState(text: string): StoredState {
  const { version, snapshot, times, deleted } = parseRecord(text);
  if (typeof version === 'number' && version > 1)
    throw new StoreError(
      'version',
      `The session was kept in form ${version}, which is newer than this version of isosession`,
    );
  if (version !== 1 || !isSnapshot(snapshot) || !Array.isArray(times) || !Array.isArray(deleted))
    throw damaged();
  return {
    snapshot: { ...snapshot, cookies: [] },
    cookies: new Map([
      ...latest(readCookies(snapshot.cookies, times), mostCookies),
      ...deleted.map(readDeletion),
    ]),
  };
}

function readCookies(
  records: readonly CookieRecord[],
  times: readonly unknown[],
): [string, DatedCookie][] {
  return records.map((record, i) => {
    if (typeof record !== 'object' || record === null) throw damaged();
    return [keyOfCookie(record), { record, time: readTime(times[i]) }];
  });
}

function readDeletion(entry: unknown): [string, DatedCookie] {
  const [key, time]: unknown[] = Array.isArray(entry) ? entry : [];
  if (typeof key !== 'string' || !isKey(key)) throw damaged();
  return [key, { record: undefined, time: readTime(time) }];
}

function damaged(): StoreError {
  return new StoreError('corrupt', 'What was kept of the session is damaged, or something else');
}

function parseRecord(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return Object.assign(Object.create(null), parsed);
  } catch {
    throw damaged();
  }
}

/** `Session.restore` checks what is in it. */
function isSnapshot(value: unknown): value is SessionSnapshot {
  return (
    typeof value === 'object' &&
    value !== null &&
    'cookies' in value &&
    Array.isArray(value.cookies)
  );
}

function readTime(time: unknown): number {
  if (typeof time !== 'number') throw damaged();
  return time;
}

/** Whether a cookie has ended by itself. */
export function isExpired({ expires }: CookieRecord, now: number): boolean {
  return typeof expires === 'number' && expires <= now;
}
