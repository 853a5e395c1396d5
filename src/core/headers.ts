/** Headers as the layers carry them: a flat list `[name, value, name, value, …]`, names in lower case, each once. */
import { InvalidRequestError } from '../errors.ts';
import type { HeadersOption } from '../types.ts';
import { printAs, redactHeaders } from './redact.ts';

export type HeaderList = string[];

const token = /^[!#$%&'*+\-.^_`|~\da-z]+$/i;
// RFC 9110, section 5.5: visible ASCII, blanks and obs-text. Anything else could end the line.
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether `name` may stand as a method or a header name (RFC 9110, section 5.6.2). */
export function isToken(name: string): boolean {
  return token.test(name);
}

export function getHeader(list: HeaderList, name: string): string | undefined {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1];
  return undefined;
}

/** Sets or, with `undefined`, removes a header in place. */
export function setHeader(list: HeaderList, name: string, value: string | undefined): void {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== name) continue;
    if (value === undefined) list.splice(i, 2);
    else list[i + 1] = value;
    return;
  }
  if (value !== undefined) list.push(name, value);
}

/**
 * Reads a `headers` option: names in lower case, values checked and trimmed, `null` where a default is to be removed. Pairs that repeat a name
 * are combined (RFC 9110, section 5.3).
 */
export function readHeaders(given: HeadersOption): [name: string, value: string | null][] {
  // Headers of any realm or library and pairs are iterable, a record is not.
  const entries: Iterable<readonly [string, unknown]> = Symbol.iterator in given ? given as Iterable<readonly [string, string]> : Object.entries(given);
  const read = new Map<string, string | null>();
  for (const entry of entries) {
    const [name, value] = entry;
    if (value === undefined) continue;
    const key = String(name).toLowerCase();
    if (!isToken(key)) throw new InvalidRequestError(`${JSON.stringify(name)} is not a valid header name`);
    if (value === null) {
      read.set(key, null);
      continue;
    }
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') throw new InvalidRequestError(`The value of the header "${key}" must be a string or a number, not ${typeof value}`);
    const text = String(value).replace(/^[\t ]+|[\t ]+$/g, '');
    if (!fieldValue.test(text)) throw new InvalidRequestError(`The value of the header "${key}" has a character that no header may have`);
    const before = read.get(key);
    read.set(key, typeof before === 'string' ? `${before}${key === 'cookie' ? '; ' : ', '}${text}` : text);
  }
  return [...read];
}

/** `Headers` that print without secrets. */
export class SafeHeaders extends Headers {
  static of(list: HeaderList): SafeHeaders {
    const headers = new SafeHeaders();
    for (let i = 0; i < list.length; i += 2) headers.append(list[i] as string, list[i + 1] as string);
    return headers;
  }
}
printAs(SafeHeaders.prototype, 'Headers', function view() { return redactHeaders(this); });

/** A list that accepts `type`, unless it says already what it accepts. */
export function withAccept(list: HeaderList, type: string): HeaderList {
  const accept = getHeader(list, 'accept');
  if (accept !== undefined && accept !== '*/*') return list;
  const copy = list.slice();
  setHeader(copy, 'accept', type);
  return copy;
}

/** A session's `headers`: live, and read into a flat list only when they have changed. */
export class LiveHeaders extends SafeHeaders {
  #list: HeaderList | undefined;
  #accepting = new Map<string, HeaderList>();

  /** Shared by the calls: to be copied before it is changed. */
  get list(): HeaderList {
    return (this.#list ??= [...this].flat());
  }

  /** The list with the `accept` of a shortcut, unless the session has one of its own; shared as well. */
  accepting(type: string): HeaderList {
    let list = this.#accepting.get(type);
    if (!list) this.#accepting.set(type, list = withAccept(this.list, type));
    return list;
  }

  #changed(): void {
    this.#list = undefined;
    this.#accepting.clear();
  }

  override append(name: string, value: string): void {
    super.append(name, value);
    this.#changed();
  }

  override set(name: string, value: string): void {
    super.set(name, value);
    this.#changed();
  }

  override delete(name: string): void {
    super.delete(name);
    this.#changed();
  }
}
