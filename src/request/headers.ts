/**
 * Headers as the layers carry them: a flat list `[name, value, name, value, …]`, names in lower
 * case, each once.
 */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { HeadersOption } from '../types/request.ts';
import type { PreparedBody } from './body.ts';
import { readPairs } from './url.ts';

export type HeaderList = string[];

/** Whether `name` may stand as a method or a header name (RFC 9110, section 5.6.2). */
export function isToken(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~\da-z]+$/i.test(name);
}

/**
 * Whether `text` may be the value of a header (RFC 9110, section 5.5): visible ASCII, blanks and
 * obs-text. Anything else could end the line.
 */
export function isFieldValue(text: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(text);
}

/**
 * The part from `start` to `end` without spaces and tabs around it. A loop, since a pattern for
 * both ends takes quadratic time; `trim()` would take bytes of UTF-8, too.
 */
export function trimBlank(text: string, start = 0, end = text.length): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** The index of a name, or the length of the list. */
function indexOf(list: HeaderList, name: string): number {
  let i = 0;
  while (i < list.length && list[i] !== name) i += 2;
  return i;
}

export function getHeader(list: HeaderList, name: string): string | undefined {
  return list[indexOf(list, name) + 1];
}

/** Sets or, without a value, removes a header in place. */
export function setHeader(list: HeaderList, name: string, value: string | null | undefined): void {
  list.splice(indexOf(list, name), 2, ...(typeof value === 'string' ? [name, value] : []));
}

/** As a record, for whoever takes no list. It has no prototype: every token may be a name. */
export function recordOf(list: HeaderList): Record<string, string> {
  const record: Record<string, string> = Object.create(null);
  for (let i = 0; i < list.length; i += 2) record[list[i]] = list[i + 1];
  return record;
}

/** The headers whose name passes. */
export function filterHeaders(list: HeaderList, keep: (name: string) => boolean): HeaderList {
  return list.filter((_, i) => keep(list[i & ~1]));
}

/** By which nobody can tell the parts of a form. */
const withoutBoundary = /^multipart\/form-data(?!.*boundary=)/i;

/**
 * The headers of a request with the content-type of its body, unless they have one. A body that
 * names itself has its own in place of a session's default, and of one that no form can have.
 *
 * @param ofCall the content-type that the call itself has set
 */
export function withType(
  list: HeaderList,
  [, type, namesItself]: PreparedBody,
  ofCall: string | null | undefined,
): HeaderList {
  const stays = namesItself
    ? ofCall && !withoutBoundary.test(ofCall)
    : !type || getHeader(list, 'content-type') !== undefined;
  if (stays) return list;
  const typed = [...list];
  setHeader(typed, 'content-type', type);
  return typed;
}

/**
 * Reads a `headers` option: names in lower case, values checked and trimmed, `null` where a default
 * is to be removed. Pairs that repeat a name are combined (RFC 9110, section 5.3).
 */
export function readHeaders(given: HeadersOption): Map<string, string | null> {
  const read = new Map<string, string | null>();
  for (const [name, value] of readPairs(given, 'headers')) {
    const key = name.toLowerCase();
    // Without blanks around it, by one pass: a pattern for each end takes quadratic time.
    const text = value && value.replace(/^[\t ]*(.*[^\t ])?.*/s, '$1');
    if (!isToken(key) || !isFieldValue(text ?? ''))
      throw new InvalidRequestError(
        `${isDevelopment ? 'Invalid name or value of ' : ''}header ${JSON.stringify(name)}`,
      );
    const before = read.get(key);
    read.set(
      key,
      typeof before === 'string' && text !== null
        ? `${before}${key === 'cookie' ? '; ' : ', '}${text}`
        : text,
    );
  }
  return read;
}

/** Without the "forbidden request-headers" of Fetch, which a browser's own `Request` drops. */
export function withoutForbidden(given: HeadersOption): Record<string, string> {
  const pairs = [...readHeaders(given)].map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(
    new Request('http://a', { headers: Object.fromEntries(pairs) }).headers,
  );
}
