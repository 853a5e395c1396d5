/** The storage state of Playwright. */
import type { CookieRecord } from '../../types/cookies.ts';
import { fromText, toText } from './cookie-text.ts';
import { dottedDomain, Fields, fromDottedDomain, labelOf } from './read-fields.ts';

/** A cookie as Playwright has it. */
export interface StorageStateCookie {
  /** In UTF-8. */
  name: string;
  /** In UTF-8. */
  value: string;
  /** With a leading dot where subdomains are meant, too. */
  domain: string;
  /** The path that it goes back to. */
  path: string;
  /** In seconds since 1970; -1 for a cookie without an end. */
  expires: number;
  /** Whether it is hidden from scripts. */
  httpOnly: boolean;
  /** Whether it goes over `https:` only. */
  secure: boolean;
  /** Never left out: of a cookie without the attribute it is `Lax`, as browsers take it. */
  sameSite: 'Strict' | 'Lax' | 'None';
  /** The site whose pages see it, where it is partitioned. */
  partitionKey?: string;
}

/** What Playwright's `storageState` option takes, and its method of this name gives. */
export interface StorageState {
  /** The cookies. */
  cookies: StorageStateCookie[];
  /** What origins have in `localStorage`: nothing, as a session has none. */
  origins: [];
}

const sameSites = { strict: 'Strict', lax: 'Lax', none: 'None' } as const;

/**
 * Cookies as a storage state, with which a context of Playwright begins.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { toStorageState } from 'isosession/cookies';
 * import { chromium } from 'playwright';
 *
 * const session = new Session({ baseUrl: 'https://example.com/' });
 * const storageState = toStorageState(await session.cookies.export());
 * const context = await (await chromium.launch()).newContext({ storageState });
 * ```
 *
 * Playwright knows a partitioned cookie by its `partitionKey`: one without it is written as an
 * unpartitioned one.
 *
 * @throws {InvalidRequestError} for a cookie without a domain, and for bytes that are not UTF-8.
 */
export function toStorageState(records: readonly CookieRecord[]): StorageState {
  return { cookies: records.map(toCookie), origins: [] };
}

function toCookie(record: CookieRecord): StorageStateCookie {
  const { name, value, path = '/', expires, httpOnly, secure, sameSite, partitionKey } = record;
  const label = labelOf('toStorageState', record);
  return {
    name: toText(name, label),
    value: toText(value, label),
    domain: dottedDomain(record, label),
    path,
    expires: expires === null || expires === undefined ? -1 : expires / 1000,
    httpOnly: httpOnly ?? false,
    secure: secure ?? false,
    sameSite: sameSites[sameSite ?? 'lax'],
    ...(partitionKey !== undefined && { partitionKey }),
  };
}

/**
 * The cookies of a storage state, of Playwright's `context.storageState()`, for
 * `session.cookies.import()`.
 *
 * @throws {InvalidRequestError} naming the cookie and the field that is wrong.
 */
export function fromStorageState(
  state: Pick<StorageState, 'cookies'> | { cookies: readonly object[] },
): CookieRecord[] {
  return new Fields(state, 'fromStorageState').items('cookies').map(readCookie);
}

function readCookie(fields: Fields): CookieRecord {
  const expires = fields.read('expires', 'number') ?? -1;
  const sameSite = fields.sameSite('sameSite');
  const partitionKey = fields.read('partitionKey', 'string');
  return {
    name: fromText(fields.text('name')),
    value: fromText(fields.text('value')),
    ...fromDottedDomain(fields.text('domain')),
    path: fields.read('path', 'string') ?? '/',
    // Halves of a thousandth come of the division.
    expires: expires < 0 ? null : Math.round(expires * 1000),
    secure: fields.read('secure', 'boolean') ?? false,
    ...(sameSite && { sameSite }),
    httpOnly: fields.read('httpOnly', 'boolean') ?? false,
    partitioned: partitionKey !== undefined,
    ...(partitionKey !== undefined && { partitionKey }),
  };
}
