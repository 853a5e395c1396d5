/** A response and its headers, as undici and `node:http2` give them. */
import { trimBlank } from '../../request/headers.ts';
import { SafeHeaders } from '../../request/safe-headers.ts';
import { type SessionResponseState, SessionResponse } from '../../response/session-response.ts';
import { isRedirect } from '../../transports/redirect-tools.ts';
import type { ConnectionInfo, ResponseTimings } from '../../types/response.ts';

/**
 * `[name, value, …]` as they came: latin1 bytes or text; several equal names come one by one or as
 * one list.
 */
export type RawHeaders = readonly (Buffer | string | readonly (Buffer | string)[])[];

/** By name in lower case. A record with a prototype: only its own properties are headers. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A header's value, several of them joined as one list (RFC 9110, section 5.3). */
export function fieldOf(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  // A look at what nobody has sent costs less than to ask whose it is.
  if (value === undefined || !Object.hasOwn(headers, name)) return undefined;
  return Array.isArray(value) ? value.join(', ') : value;
}

const noLines: readonly string[] = [];

/** The lines of `Set-Cookie`, the one header whose values make no list (RFC 6265, section 3). */
export function setCookiesOf(headers: ResponseHeaders): readonly string[] {
  const value = headers['set-cookie'];
  if (value === undefined || !Object.hasOwn(headers, 'set-cookie')) return noLines;
  return typeof value === 'string' ? [value] : value;
}

/** The lines of `Location` that a redirect has. */
export const locationLines = (status: number, raw?: RawHeaders): readonly string[] =>
  isRedirect(status) ? readLocations(raw) : noLines;

function readLocations(raw: RawHeaders = []): readonly string[] {
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

/** RFC 9110, section 6.4.1; 205 by section 15.3.6. */
export const mayHaveBody = (method: string, status: number): boolean =>
  method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304;

/** A `Response` without the cost of one. */
export class UndiciResponse extends SessionResponse {
  readonly #status: number;
  readonly #statusText: string;
  /** Headers as they came, until somebody asks for them. */
  readonly #raw: RawHeaders | undefined;
  #headers: Headers | undefined;

  constructor(
    status: number,
    statusText: string,
    raw: RawHeaders | undefined,
    state: SessionResponseState,
  ) {
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

  /** Of a client without an origin every server is its own (Fetch standard, "main fetch"). */
  override get type(): ResponseType {
    return 'basic';
  }

  override get headers(): Headers {
    return (this.#headers ??= toHeaders(this.#raw));
  }

  override get elapsed(): number {
    return SessionResponse.stateOf(this).trace?.elapsed ?? super.elapsed;
  }

  override get timings(): ResponseTimings | undefined {
    return SessionResponse.stateOf(this).trace?.timings;
  }

  override get connection(): ConnectionInfo | undefined {
    return SessionResponse.stateOf(this).trace?.connection;
  }

  override get trailers(): Promise<Headers> | undefined {
    return SessionResponse.stateOf(this).trace?.trailers;
  }

  override copy(state: SessionResponseState): SessionResponse {
    return new UndiciResponse(this.#status, this.#statusText, this.#raw, state);
  }
}
