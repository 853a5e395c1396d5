/** The JSON of tough-cookie's `CookieJar`. */
import type { CookieRecord } from '../../types/cookies.ts';
import { partitionOf, toExtensions } from '../rules/partition.ts';
import { Fields, isHostOnly } from './read-fields.ts';

/** A cookie as tough-cookie serialises it. */
export interface ToughCookieRecord {
  /** Its name. */
  key: string;
  /** Its value. */
  value: string;
  /** The host that it goes back to. */
  domain?: string;
  /** The path that it goes back to. */
  path: string;
  /** As ISO 8601; left out for a cookie without an end. */
  expires?: string;
  /** Whether it goes over `https:` only. */
  secure: boolean;
  /** Whether it is hidden from scripts. */
  httpOnly: boolean;
  /** Whether it is for exactly its domain. */
  hostOnly: boolean;
  /** Left out where nobody has said it. */
  sameSite?: 'strict' | 'lax' | 'none';
  /** `Partitioned`, and whose. */
  extensions?: string[];
}

/** What `CookieJar.deserialize` of tough-cookie takes, and `serialize` gives. */
export interface ToughCookieJar {
  /** Of tough-cookie's: it reads any. */
  version: string;
  /** The class of the store that they came from. */
  storeType: string;
  /** Whether cookies of `com` and the like are refused. */
  rejectPublicSuffixes: boolean;
  /** The cookies. */
  cookies: ToughCookieRecord[];
}

/**
 * Cookies as the JSON of a tough-cookie jar, for `CookieJar.deserialize` and the stores that keep
 * it in a file. Nothing is lost but the time of day within a year beyond 275760.
 */
export function toToughCookie(records: readonly CookieRecord[]): ToughCookieJar {
  return {
    version: 'tough-cookie@6.1.0',
    storeType: 'MemoryCookieStore',
    rejectPublicSuffixes: true,
    cookies: records.map(toCookie),
  };
}

function toCookie(record: CookieRecord): ToughCookieRecord {
  const { name, value, domain, path = '/', expires, secure, httpOnly, sameSite } = record;
  const extensions = toExtensions(record);
  return {
    key: name,
    value,
    ...(domain && { domain }),
    path,
    ...(typeof expires === 'number' && { expires: new Date(expires).toISOString() }),
    secure: secure ?? false,
    httpOnly: httpOnly ?? false,
    hostOnly: isHostOnly(record),
    ...(sameSite && { sameSite }),
    ...(extensions && { extensions }),
  };
}

/**
 * The cookies of a tough-cookie jar as it is serialised, for `session.cookies.import()`.
 *
 * @throws {InvalidRequestError} naming the cookie and the field that is wrong.
 */
export function fromToughCookie(jar: { cookies: readonly object[] }): CookieRecord[] {
  return new Fields(jar, 'fromToughCookie').items('cookies').map(readCookie);
}

function readCookie(fields: Fields): CookieRecord {
  const sameSite = fields.sameSite('sameSite');
  const domain = fields.read('domain', 'string');
  return {
    name: fields.read('key', 'string') ?? '',
    value: fields.read('value', 'string') ?? '',
    ...(domain !== undefined && { domain }),
    path: fields.read('path', 'string') ?? '/',
    expires: readEnd(fields),
    secure: fields.read('secure', 'boolean') ?? false,
    ...(sameSite && { sameSite }),
    ...partitionOf(fields.array('extensions').map(String)),
    httpOnly: fields.read('httpOnly', 'boolean') ?? false,
    hostOnly: fields.read('hostOnly', 'boolean') ?? false,
  };
}

/** Max-Age, in seconds from the creation, goes over `expires`, as tough-cookie has it. */
function readEnd(fields: Fields): number | null {
  const maxAge = fields.get('maxAge');
  const created = fields.date('creation');
  if (typeof maxAge === 'number' && created !== undefined) return created + maxAge * 1000;
  if (maxAge === '-Infinity') return 0;
  if (fields.get('expires') === 'Infinity') return null;
  return fields.date('expires') ?? null;
}
