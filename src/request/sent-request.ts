import { printAs, redactHeaders } from './redact.ts';
import type { SentRequest } from '../types/request.ts';
import type { UrlParts } from './url.ts';
import { type HeaderList, SafeHeaders } from './headers.ts';
import type { Outgoing } from '../model.ts';

/** What was sent, as responses and errors tell it. */
export class Sent implements SentRequest {
  declare readonly method: string;
  readonly #url: UrlParts;
  readonly #list: HeaderList;
  #headers: Headers | undefined;

  constructor(method: string, url: UrlParts, headers: HeaderList) {
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

export function sentOf({ method, url, headers }: Outgoing): Sent {
  return new Sent(method, url, headers);
}
printAs(Sent.prototype, 'Request', function view() {
  return { method: this.method, url: this.url, headers: redactHeaders(this.headers) };
});
