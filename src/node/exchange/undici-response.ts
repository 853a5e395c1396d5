/** The response that the undici transport makes itself: a `Response` without the cost of one. */
import { SafeHeaders } from '../../request/headers.ts';
import { trimBlank } from '../../request/trim-blank.ts';
import { type ResponseState, SessionResponse } from '../../response/session-response.ts';
import { isRedirect } from '../../transports/redirects.ts';

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

/** RFC 9110, section 6.4.1; 205 by section 15.3.6. */
export function mayHaveBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304;
}

/** The lines of `Location` that a redirect has. */
export function locationLines(status: number, raw: RawHeaders): readonly string[] {
  if (!isRedirect(status)) return noLines;
  return fromRawHeaders(raw)['location']?.map((line) => trimBlank(line)) ?? noLines;
}

export class UndiciResponse extends SessionResponse {
  readonly #status: number;
  readonly #statusText: string;
  /** Headers as they came, until somebody asks for them. */
  readonly #raw: RawHeaders;
  #headers: Headers | undefined;

  constructor(status: number, statusText: string, raw: RawHeaders, state: ResponseState) {
    super(undefined, state);
    this.#status = status;
    this.#statusText = statusText;
    this.#raw = raw;
  }

  override get status(): number {
    return this.#status;
  }

  override get statusText(): string {
    return this.#statusText;
  }

  override get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299;
  }

  override get type(): ResponseType {
    return 'default';
  }

  override get headers(): Headers {
    return (this.#headers ??= toHeaders(this.#raw));
  }

  protected override copy(state: ResponseState): SessionResponse {
    return new UndiciResponse(this.#status, this.#statusText, this.#raw, state);
  }
}

/** Raw headers as `Headers`, in their order. */
export function toHeaders(raw: RawHeaders): Headers {
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
  const headers = Object.create(null) as Record<string, string[]>;
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
