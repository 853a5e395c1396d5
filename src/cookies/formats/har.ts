/** Cookies of a recorded visit: an HTTP Archive 1.2, as the tools of browsers write it. */
import type { CookieRecord } from '../../types/cookies.ts';
import { type CookieCandidate, parseSetCookie } from '../rules/set-cookie.ts';
import { fromText } from './cookie-text.ts';
import { Fields, fromDottedDomain } from './read-fields.ts';

/** The part of an archive that is read. */
export interface HarLike {
  /** The archive. */
  log: {
    /** A request and its response each. */
    entries: readonly object[];
  };
}

/** One entry of the archive. */
interface Entry {
  readonly fields: Fields;
  readonly url: URL;
  readonly time: number;
}

/**
 * The cookies of a recorded visit, as they were at its end, for `session.cookies.import()`: what
 * responses have set, by their `Set-Cookie` headers or, where a tool has left these out, by their
 * `cookies`; what they have deleted is gone. A cookie that was sent but never set is taken for one
 * of its host without an end, as a request does not tell its attributes.
 *
 * @throws {InvalidRequestError} naming the entry and the field that is wrong.
 */
export function fromHar(har: HarLike): CookieRecord[] {
  const found = new Map<string, CookieRecord>();
  const entries = new Fields(har, 'fromHar').inner('log').items('entries').map(readEntry);
  for (const entry of entries.sort((one, other) => one.time - other.time)) {
    for (const cookie of sentCookies(entry)) if (!isKnown(found, cookie)) put(found, cookie);
    for (const cookie of receivedCookies(entry)) {
      const key = keyOf(cookie);
      found.delete(key);
      if ((cookie.expires ?? Infinity) > entry.time) found.set(key, cookie);
    }
  }
  return [...found.values()];
}

function readEntry(fields: Fields): Entry {
  const text = fields.inner('request').text('url');
  if (!URL.canParse(text)) return fields.fail('request.url must be a URL');
  return { fields, url: new URL(text), time: fields.date('startedDateTime') ?? 0 };
}

function keyOf({ name, domain, path }: CookieRecord): string {
  return JSON.stringify([name, domain, path]);
}

function put(found: Map<string, CookieRecord>, cookie: CookieRecord): void {
  found.set(keyOf(cookie), cookie);
}

/** Whether a cookie that was sent is one that was set before. */
function isKnown(found: ReadonlyMap<string, CookieRecord>, sent: CookieRecord): boolean {
  const host = `.${sent.domain}`;
  return [...found.values()].some(
    ({ name, domain }) => name === sent.name && host.endsWith(`.${domain}`),
  );
}

function sentCookies({ fields, url }: Entry): CookieRecord[] {
  return fields
    .inner('request')
    .items('cookies')
    .map((cookie) => ({
      name: fromText(cookie.text('name')),
      value: fromText(cookie.text('value')),
      ...ofHost(url),
      path: '/',
      expires: null,
      secure: url.protocol === 'https:',
      httpOnly: false,
      partitioned: false,
    }));
}

function receivedCookies(entry: Entry): CookieRecord[] {
  const response = entry.fields.inner('response');
  const lines = response
    .items('headers')
    .filter((header) => header.text('name').toLowerCase() === 'set-cookie')
    // Chromium joins the lines of one response.
    .flatMap((header) => header.text('value').split('\n'));
  if (lines.length > 0) return lines.flatMap((line) => readLine(line, entry));
  return response.items('cookies').map((cookie) => readCookie(cookie, entry));
}

function readLine(line: string, { url, time }: Entry): CookieRecord[] {
  const candidate = parseSetCookie(line, time);
  return typeof candidate === 'string' ? [] : [toRecord(candidate, url)];
}

function toRecord(candidate: CookieCandidate, url: URL): CookieRecord {
  const { name, value, domain, path, expires, sameSite } = candidate;
  return {
    name: fromText(name),
    value: fromText(value),
    ...(domain === '' ? ofHost(url) : { domain, hostOnly: false }),
    path: path ?? directoryOf(url),
    expires: expires === Infinity ? null : Math.max(expires, 0),
    secure: candidate.secure,
    ...(sameSite && { sameSite }),
    partitioned: candidate.partitioned,
    httpOnly: candidate.httpOnly,
  };
}

function readCookie(fields: Fields, { url }: Entry): CookieRecord {
  const domain = fields.read('domain', 'string');
  const sameSite = fields.sameSite('sameSite');
  return {
    name: fromText(fields.text('name')),
    value: fromText(fields.text('value')),
    ...(domain ? fromDottedDomain(domain) : ofHost(url)),
    path: fields.read('path', 'string') || '/',
    expires: fields.read('expires', 'string') ? (fields.date('expires') ?? null) : null,
    secure: fields.read('secure', 'boolean') ?? false,
    ...(sameSite && { sameSite }),
    partitioned: false,
    httpOnly: fields.read('httpOnly', 'boolean') ?? false,
  };
}

function ofHost({ hostname }: URL): Pick<CookieRecord, 'domain' | 'hostOnly'> {
  return { domain: hostname, hostOnly: true };
}

/** The default-path of a cookie (RFC 6265bis, section 5.1.4). */
function directoryOf({ pathname }: URL): string {
  return pathname.slice(0, pathname.lastIndexOf('/')) || '/';
}
