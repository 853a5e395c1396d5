/** The response that the undici transport makes itself: a `Response` without the cost of one. */
import { SafeHeaders } from '../../request/headers.ts';
import { type ResponseState, SessionResponse } from '../../response/session-response.ts';

/**
 * `[name, value, …]` as undici has them: latin1 bytes; several equal names come one by one or as
 * one list.
 */
export type RawHeaders = readonly (Buffer | string | readonly (Buffer | string)[])[];

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
    return (this.#headers ??= readHead(this.#raw));
  }

  protected override copy(state: ResponseState): SessionResponse {
    return new UndiciResponse(this.#status, this.#statusText, this.#raw, state);
  }
}

const latin1 = (value: Buffer | string): string =>
  typeof value === 'string' ? value : value.toString('latin1');

/** Raw headers as `Headers`. */
export function readHead(raw: RawHeaders): Headers {
  const headers = new SafeHeaders();
  for (let i = 0; i < raw.length; i += 2) {
    const name = latin1(raw[i] as Buffer | string);
    const value = raw[i + 1] as RawHeaders[number];
    for (const one of Array.isArray(value) ? value : [value])
      headers.append(name, latin1(one as Buffer | string));
  }
  return headers;
}

/**
 * The headers that the transport itself needs, kept as they came: most responses need no string of
 * them.
 */
export class Framing {
  /** There is a `Location`. */
  redirects = false;
  contentEncoding: string | undefined;
  setCookies: string[] | undefined;
  readonly #raw: RawHeaders;

  constructor(raw: RawHeaders) {
    this.#raw = raw;
    for (let i = 0; i < raw.length; i += 2) {
      const key = raw[i] as Buffer | string;
      switch (key.length) {
        case 8:
          if (is(key, 'location')) this.redirects = true;
          break;
        case 10:
          if (is(key, 'set-cookie'))
            (this.setCookies ??= []).push(...valuesOf(raw[i + 1] as RawHeaders[number]));
          break;
        case 16:
          if (is(key, 'content-encoding'))
            this.contentEncoding = [
              ...(this.contentEncoding === undefined ? [] : [this.contentEncoding]),
              ...valuesOf(raw[i + 1] as RawHeaders[number]),
            ].join(', ');
          break;
        default:
      }
    }
  }

  get contentType(): string | undefined {
    return this.#last('content-type');
  }

  /** Bytes as they are read, 0 when unknown. */
  get contentLength(): number {
    return this.contentEncoding === undefined ? Number(this.#last('content-length')) || 0 : 0;
  }

  #last(name: string): string | undefined {
    for (let i = this.#raw.length - 2; i >= 0; i -= 2) {
      const key = this.#raw[i] as Buffer | string;
      if (key.length === name.length && is(key, name))
        return valuesOf(this.#raw[i + 1] as RawHeaders[number])[0];
    }
    return undefined;
  }
}

function is(key: Buffer | string, name: string): boolean {
  if (typeof key === 'string') return key.toLowerCase() === name;
  for (let i = 0; i < name.length; i++)
    if (((key[i] as number) | 0x20) !== name.charCodeAt(i)) return false;
  return true;
}

function valuesOf(value: RawHeaders[number]): string[] {
  return Array.isArray(value) ? value.map(latin1) : [latin1(value as Buffer | string)];
}
