import type { RequestBody, SentRequest } from '../types/request.ts';
import type { HeaderList } from './headers.ts';
import { SafeHeaders } from './safe-headers.ts';
import { printAs, redactError, redactHeaders, redactUrl } from './redact.ts';
import type { UrlParts } from './url.ts';

/** The parts of a request that a response and an error tell. */
export interface RequestParts {
  readonly method: string;
  readonly url: UrlParts;
  readonly headers: HeaderList;
  readonly body?: RequestBody;
  /** Its call, by which the parameters of a session are told from others as it is printed. */
  readonly call?: { readonly state: { readonly searchParams: URLSearchParams } | undefined };
}

/** What was sent, as responses and errors tell it. */
export class Sent implements SentRequest {
  declare readonly method: string;
  readonly #parts: RequestParts;
  #headers: Headers | undefined;

  constructor(parts: RequestParts) {
    this.method = parts.method;
    this.#parts = parts;
  }

  get url(): string {
    return this.#parts.url.href;
  }

  get headers(): Headers {
    return (this.#headers ??= SafeHeaders.of(this.#parts.headers));
  }

  /** @internal `undefined` where it is not known. */
  get body(): RequestBody | undefined {
    return this.#parts.body;
  }

  toString(): string {
    return `${this.method} ${this.redact(this.url).slice(0, 200)}`;
  }

  /** @internal What may hold its URL, without secrets. */
  redact(text: string): string {
    return redactUrl(text, this.#ownParameters);
  }

  /** @internal The error of a host as the cause of one of ours. */
  asCause<E>(error: E): E {
    return redactError(error, this.#ownParameters);
  }

  get #ownParameters(): URLSearchParams | undefined {
    return this.#parts.call?.state?.searchParams;
  }
}
printAs(Sent.prototype, 'Request', function view() {
  return { method: this.method, url: this.redact(this.url), headers: redactHeaders(this.headers) };
});

/** Whether it is a {@link Sent}, of any copy of the library: no other request has causes. */
export const isSent = (request: object): request is Sent => 'asCause' in request;

export function sentOf(request: RequestParts): Sent {
  return new Sent(request);
}
