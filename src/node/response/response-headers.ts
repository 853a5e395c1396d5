/** The headers of a response in Node, as undici and `node:http2` give them. */
import { SafeHeaders, trimBlank } from '../../request/headers.ts';
import { isRedirect } from '../../transports/redirect-status.ts';

/**
 * `[name, value, …]` as they came: latin1 bytes or text; several equal names come one by one or as
 * one list.
 */
export type RawHeaders = readonly (Buffer | string | readonly (Buffer | string)[])[];

/** By name in lower case. A record with a prototype: only its own properties are headers. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A header's value, several of them joined as one list (RFC 9110, section 5.3). */
export function fieldOf(headers: ResponseHeaders, name: string): string | undefined {
  if (!Object.hasOwn(headers, name)) return undefined;
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

const noLines: readonly string[] = [];

/** The lines of `Set-Cookie`, the one header whose values make no list (RFC 6265, section 3). */
export function setCookiesOf(headers: ResponseHeaders): readonly string[] {
  const value = Object.hasOwn(headers, 'set-cookie') ? headers['set-cookie'] : undefined;
  if (value === undefined) return noLines;
  return typeof value === 'string' ? [value] : value;
}

/** The lines of `Location` that a redirect has. */
export function locationLines(status: number, raw: RawHeaders = []): readonly string[] {
  if (!isRedirect(status)) return noLines;
  return fromRawHeaders(raw)['location']?.map((line) => trimBlank(line)) ?? noLines;
}

/** Raw headers as `Headers`, in their order. */
export function toHeaders(raw: RawHeaders = []): Headers {
  const headers = new SafeHeaders();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = toText(raw[i]);
    const value = raw[i + 1];
    if (Array.isArray(value)) for (const one of value) headers.append(name, toText(one));
    else headers.append(name, toText(value));
  }
  return headers;
}

/** Raw headers by name. */
export function fromRawHeaders(raw: RawHeaders): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null);
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const value = raw[i + 1];
    const values = Array.isArray(value) ? value.map(toText) : [toText(value)];
    (headers[toText(raw[i]).toLowerCase()] ??= []).push(...values);
  }
  return headers;
}

function toText(value: RawHeaders[number] | undefined): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value);
}
