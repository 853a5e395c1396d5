/** The response that the undici transport makes itself: a `Response` without the cost of one. */
import { type SessionResponseState, SessionResponse } from '../../response/session-response.ts';
import { type RawHeaders, toHeaders } from './response-headers.ts';

/** RFC 9110, section 6.4.1; 205 by section 15.3.6. */
export const mayHaveBody = (method: string, status: number): boolean =>
  method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304;

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

  override get type(): ResponseType {
    return 'default';
  }

  override get headers(): Headers {
    return (this.#headers ??= toHeaders(this.#raw));
  }

  override copy(state: SessionResponseState): SessionResponse {
    return new UndiciResponse(this.#status, this.#statusText, this.#raw, state);
  }
}
