/** Cookies of a recorded visit: an HTTP Archive 1.2, as the tools of browsers write it. */
import type { CookieRecord } from '../../types/cookies.ts';
import {
  type CookieSite,
  defaultPath,
  domainMatches,
  pathMatches,
  siteOf,
} from '../rules/cookie-site.ts';
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
  readonly site: CookieSite;
  readonly time: number;
}

/** A cookie with its place. */
interface Placed extends CookieRecord {
  readonly domain: string;
  readonly path: string;
}

/**
 * The cookies of a recorded visit, as they were at its end, for `session.cookies.import()`: what
 * responses have set, by their `Set-Cookie` headers or, where a tool has left these out, by their
 * `cookies`; what they have deleted is gone. What a host says of the cookies of another one is left
 * out, and what plain http says of `Secure` ones. A cookie that was sent but never set is taken for
 * one of its host without an end, as a request does not tell its attributes; an entry without a
 * time for one of now.
 *
 * @throws {InvalidRequestError} naming the entry and the field that is wrong.
 */
export function fromHar(har: HarLike): CookieRecord[] {
  const found = new Map<string, Placed>();
  const entries = new Fields(har, 'fromHar').inner('log').items('entries').map(readEntry);
  for (const entry of entries.sort((one, other) => one.time - other.time)) {
    for (const cookie of sentCookies(entry)) if (!isKnown(found, cookie)) put(found, cookie);
    for (const cookie of receivedCookies(entry)) {
      if (!maySet(entry, cookie, found.values())) continue;
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
  const url = new URL(text);
  return { fields, url, site: siteOf(url), time: fields.date('startedDateTime') ?? Date.now() };
}

/** Whether who has answered may set it, as browsers see it (RFC 6265bis, section 5.7). */
function maySet({ url, site }: Entry, cookie: Placed, found: Iterable<Placed>): boolean {
  if (!domainMatches(url.hostname, cookie.domain)) return false;
  return site.secure || !(cookie.secure || [...found].some((other) => isOverlay(cookie, other)));
}

/** Whether it would take the place of a Secure one, or stand before it. */
function isOverlay({ name, domain, path }: Placed, other: Placed): boolean {
  const isNear = domainMatches(domain, other.domain) || domainMatches(other.domain, domain);
  return other.secure === true && other.name === name && isNear && pathMatches(path, other.path);
}

function keyOf({ name, domain, hostOnly, path }: Placed): string {
  return JSON.stringify([name, domain, hostOnly, path]);
}

function put(found: Map<string, Placed>, cookie: Placed): void {
  found.set(keyOf(cookie), cookie);
}

/** Whether a cookie that was sent is one that was set before. */
function isKnown(found: ReadonlyMap<string, Placed>, sent: Placed): boolean {
  const host = `.${sent.domain}`;
  return [...found.values()].some(
    ({ name, domain }) => name === sent.name && host.endsWith(`.${domain}`),
  );
}

function sentCookies({ fields, url }: Entry): Placed[] {
  return fields
    .inner('request')
    .items('cookies')
    .map((cookie) => ({
      name: fromText(cookie.text('name')),
      value: fromText(cookie.text('value')),
      ...ofHost(url),
      path: '/',
      expires: null,
      secure: /^(?:https|wss):$/.test(url.protocol),
      httpOnly: false,
      partitioned: false,
    }));
}

function receivedCookies(entry: Entry): Placed[] {
  const response = entry.fields.inner('response');
  const lines = response
    .items('headers')
    .filter((header) => header.text('name').toLowerCase() === 'set-cookie')
    // Chromium joins the lines of one response.
    .flatMap((header) => header.text('value').split('\n'));
  if (lines.length > 0) return lines.flatMap((line) => readLine(line, entry));
  return response.items('cookies').map((cookie) => readCookie(cookie, entry));
}

function readLine(line: string, { url, time }: Entry): Placed[] {
  const candidate = parseSetCookie(line, time);
  return typeof candidate === 'string' ? [] : [toRecord(candidate, url)];
}

function toRecord(candidate: CookieCandidate, url: URL): Placed {
  const { name, value, domain, path, expires, sameSite } = candidate;
  return {
    name: fromText(name),
    value: fromText(value),
    ...(domain === '' ? ofHost(url) : { domain, hostOnly: false }),
    path: path ?? defaultPath(url.pathname),
    expires: expires === Infinity ? null : Math.max(expires, 0),
    secure: candidate.secure,
    ...(sameSite && { sameSite }),
    partitioned: candidate.partitioned,
    httpOnly: candidate.httpOnly,
  };
}

function readCookie(fields: Fields, { url }: Entry): Placed {
  const domain = fields.read('domain', 'string')?.toLowerCase();
  const sameSite = fields.sameSite('sameSite');
  return {
    name: fromText(fields.text('name')),
    value: fromText(fields.text('value')),
    // Without a dot, some tools mean the domain: a host has none but its own to itself.
    ...(domain && domain !== url.hostname
      ? { ...fromDottedDomain(domain), hostOnly: false }
      : ofHost(url)),
    path: fields.read('path', 'string') || '/',
    expires: fields.read('expires', 'string') ? (fields.date('expires') ?? null) : null,
    secure: fields.read('secure', 'boolean') ?? false,
    ...(sameSite && { sameSite }),
    partitioned: false,
    httpOnly: fields.read('httpOnly', 'boolean') ?? false,
  };
}

function ofHost({ hostname }: URL): Pick<Placed, 'domain' | 'hostOnly'> {
  return { domain: hostname, hostOnly: true };
}
