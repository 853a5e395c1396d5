/** The cookie file of Netscape, as curl, wget, yt-dlp and Python's `http.cookiejar` have it. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { CookieRecord } from '../../types/cookies.ts';
import { fromText, toText } from './cookie-text.ts';
import { dottedDomain, isHostOnly, labelOf } from './read-fields.ts';

/** Python's readers want it as the first line. */
const header = '# Netscape HTTP Cookie File\n\n';
/** Such a line is a comment to programs that are older than the attribute. */
const httpOnlyPrefix = '#HttpOnly_';
/** What ends a field or a line. */
const separators = /[\t\r\n]/;

/**
 * Cookies as a cookie file: `curl -b`, `wget --load-cookies`, `yt-dlp --cookies`. Write it in UTF-8
 * for yourself alone (mode 0600): it holds secrets.
 *
 * The format has no `sameSite`, `partitioned` and `partitionKey`, and whole seconds. Wget leaves
 * out HttpOnly cookies, and Python those without an end; yt-dlp writes no mark of HttpOnly.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { toNetscape } from 'isosession/cookies';
 *
 * const session = new Session();
 * const text = toNetscape(await session.cookies.export());
 * ```
 *
 * @throws {InvalidRequestError} for a cookie that the format cannot hold: without a name or a
 * domain, with a tab, or with bytes that are not UTF-8.
 */
export function toNetscape(records: readonly CookieRecord[]): string {
  return header + records.map((record) => `${toLine(record)}\n`).join('');
}

function toLine(record: CookieRecord): string {
  const { name, value, path = '/', expires, secure, httpOnly } = record;
  const label = labelOf('toNetscape', record);
  if (name === '') throw new InvalidRequestError(`${label}: the format has no cookie without one`);
  const fields = [
    dottedDomain(record, label),
    toFlag(!isHostOnly(record)),
    path,
    toFlag(secure),
    // 0 is a cookie without an end.
    expires === null || expires === undefined ? '0' : `${Math.max(Math.floor(expires / 1000), 1)}`,
    toText(name, label),
    toText(value, label),
  ];
  if (fields.some((field) => separators.test(field)))
    throw new InvalidRequestError(`${label}: the format has no tab within a field`);
  return (httpOnly ? httpOnlyPrefix : '') + fields.join('\t');
}

const toFlag = (flag: boolean | undefined): string => (flag ? 'TRUE' : 'FALSE');

/**
 * The cookies of a cookie file, for `session.cookies.import()`: HttpOnly ones and those without an
 * end, too.
 *
 * @throws {InvalidRequestError} naming the line and the field that is wrong.
 */
export function fromNetscape(text: string): CookieRecord[] {
  if (typeof text !== 'string') throw new InvalidRequestError('fromNetscape takes a text');
  const records: CookieRecord[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const httpOnly = line.startsWith(httpOnlyPrefix);
    if (line.trim() === '' || (line.startsWith('#') && !httpOnly)) continue;
    const fields = (httpOnly ? line.slice(httpOnlyPrefix.length) : line).split('\t');
    records.push(readLine(fields, httpOnly, `fromNetscape: line ${i + 1}`));
  }
  return records;
}

function readLine(fields: readonly string[], httpOnly: boolean, label: string): CookieRecord {
  // An empty value may be left out together with its tab.
  if (fields.length !== 7 && fields.length !== 6)
    throw new InvalidRequestError(`${label} has ${fields.length} fields between tabs, not 7`);
  const [domain = '', subdomains = '', path = '', secure = '', end = '', name = '', value = ''] =
    fields;
  return {
    name: fromText(name),
    value: fromText(value),
    domain: withoutPort(domain.startsWith('.') ? domain.slice(1) : domain),
    path,
    expires: readEnd(end, label),
    secure: readFlag(secure, `${label}: the fourth field, secure,`),
    httpOnly,
    hostOnly: !readFlag(subdomains, `${label}: the second field, include subdomains,`),
  };
}

/** Wget writes a port where it is not the scheme's own; cookies know none. */
function withoutPort(domain: string): string {
  return domain.replace(/^([^:]+):\d+$/, '$1');
}

/** In seconds. Nothing, 0 and less: without an end. */
function readEnd(text: string, label: string): number | null {
  const seconds = Number(text);
  if (Number.isNaN(seconds))
    throw new InvalidRequestError(`${label}: the fifth field, expires, must be a number`);
  return seconds > 0 ? seconds * 1000 : null;
}

function readFlag(text: string, label: string): boolean {
  const flag = text.toUpperCase();
  if (flag !== 'TRUE' && flag !== 'FALSE')
    throw new InvalidRequestError(`${label} must be TRUE or FALSE`);
  return flag === 'TRUE';
}
