import type { SentRequest } from '../types/request.ts';
import { type HeaderList, SafeHeaders } from './headers.ts';
import { printAs, redactHeaders } from './redact.ts';
import type { UrlParts } from './url.ts';

/** The parts of a request that a response and an error tell. */
export interface RequestParts {
  readonly method: string;
  readonly url: UrlParts;
  readonly headers: HeaderList;
}

/** What was sent, as responses and errors tell it. */
export class Sent implements SentRequest {
  declare readonly method: string;
  readonly #url: UrlParts;
  readonly #list: HeaderList;
  #headers: Headers | undefined;

  constructor({ method, url, headers }: RequestParts) {
    this.method = method;
    this.#url = url;
    this.#list = headers;
  }

  get url(): string {
    return this.#url.href;
  }

  get headers(): Headers {
    return (this.#headers ??= SafeHeaders.of(this.#list));
  }
}
printAs(Sent.prototype, 'Request', function view() {
  return { method: this.method, url: this.url, headers: redactHeaders(this.headers) };
});

export function sentOf(request: RequestParts): Sent {
  return new Sent(request);
}
