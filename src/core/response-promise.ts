/** What a call gives: a promise of the response that can also be asked for the data. */
import type { InferOutput, ServerSentEvent, StandardSchemaV1 } from '../types.ts';
import type { Call } from './call.ts';
import type { SessionResponse } from './response.ts';

// As for SessionResponse: a promise that exists already becomes a ResponsePromise, and no second one is made.
const Adopted = function adopt(promise: object) {
  return promise;
} as unknown as new (promise: object) => Promise<SessionResponse>;
Adopted.prototype = Promise.prototype;

/**
 * A `Promise<SessionResponse>` with shortcuts. Awaited, it gives the response whatever its status. A shortcut gives the data and throws
 * {@link HTTPError} for a status of 400 or more; it sets `accept` when none is set.
 */
export class ResponsePromise extends Adopted {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    super(call.run());
    Object.setPrototypeOf(this, ResponsePromise.prototype);
    this.#call = call;
  }

  async #checked(accept: string): Promise<SessionResponse> {
    this.#call.accept ??= accept;
    const response = await this;
    if (response.status >= 400) await this.#check(response);
    return response;
  }

  async #check(response: SessionResponse): Promise<void> {
    try {
      await this.#call.check(response, true);
    } catch (error) {
      throw await this.#call.fail(error);
    }
  }

  /** The body as JSON; with a Standard Schema, validated. Errors as in {@link SessionResponse.json}. */
  json<S extends StandardSchemaV1>(schema: S): Promise<InferOutput<S>>;
  json<T = unknown>(): Promise<T>;
  async json(schema?: StandardSchemaV1): Promise<unknown> {
    this.#call.accept ??= 'application/json';
    const response = await this;
    if (response.status >= 400) await this.#check(response);
    return response.readJson(schema);
  }

  /** The body as text; `encoding` as in {@link SessionResponse.text}. */
  async text(encoding?: string): Promise<string> {
    return (await this.#checked('text/*')).text(encoding);
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#checked('*/*')).bytes();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.#checked('*/*')).arrayBuffer();
  }

  async blob(): Promise<Blob> {
    return (await this.#checked('*/*')).blob();
  }

  async formData(): Promise<FormData> {
    return (await this.#checked('multipart/form-data')).formData();
  }

  /** The body line by line; the call starts now, not at the first line. */
  lines(encoding?: string): AsyncGenerator<string, void, undefined> {
    return deferred(this.#checked('text/*'), (response) => response.lines(encoding));
  }

  /** The body as server-sent events; the call starts now, not at the first event. */
  events(): AsyncGenerator<ServerSentEvent, void, undefined> {
    return deferred(this.#checked('text/event-stream'), (response) => response.events());
  }
}
// `await` takes its short way only for promises whose constructor is Promise, and `then` makes plain promises.
Reflect.defineProperty(ResponsePromise.prototype, 'constructor', { value: Promise });

async function* deferred<T>(response: Promise<SessionResponse>, read: (response: SessionResponse) => AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  yield* read(await response);
}
