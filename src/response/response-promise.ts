/** What a call gives: a promise of the response that can also be asked for the data. */
import { hide } from '../errors/session-error.ts';
import type { ServerSentEvent } from '../types/response.ts';
import type { InferOutput, StandardSchemaV1 } from '../types/standard-schema.ts';
import type { Call } from '../call/call.ts';
import type { SessionResponse } from './session-response.ts';

/** The methods of a response that give its data. */
type Reader =
  'readJson' | 'text' | 'bytes' | 'arrayBuffer' | 'blob' | 'formData' | 'lines' | 'events';

// As for SessionResponse: a promise that exists already becomes a ResponsePromise, and no second
// one is made.
const Adopted = function adopt(promise: object) {
  return promise;
} as unknown as new (promise: object) => Promise<SessionResponse>;
Adopted.prototype = Promise.prototype;

/**
 * A `Promise<SessionResponse>` with shortcuts. Awaited, it gives the response whatever its status.
 * A shortcut gives the data and throws {@link HTTPError} for a status of 400 or more; it sets
 * `accept` when none is set.
 */
export class ResponsePromise extends Adopted {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    super(call.run());
    Object.setPrototypeOf(this, ResponsePromise.prototype);
    this.#call = call;
  }

  async #read<T>(accept: string, method: Reader, option?: unknown): Promise<T> {
    this.#call.accept ??= accept;
    const response = await this;
    try {
      if (response.status >= 400) await this.#call.check(response, true);
      const data = (response as unknown as Record<Reader, (option: unknown) => Promise<T> | T>)[
        method
      ](option);
      return data instanceof Promise ? await data : data;
    } catch (error) {
      throw await this.#call.fail(error);
    }
  }

  /** @internal The response, or what a shortcut would throw for its status. */
  async checked(): Promise<SessionResponse> {
    const response = await this;
    return this.#call.check(response, true).catch(async (error: unknown) => {
      throw await this.#call.fail(error);
    });
  }

  /**
   * The body as JSON; with a Standard Schema, validated. Errors as in {@link SessionResponse.json}.
   */
  json<S extends StandardSchemaV1>(schema: S): Promise<InferOutput<S>>;
  json<T = unknown>(): Promise<T>;
  json(schema?: StandardSchemaV1): Promise<unknown> {
    return this.#read('application/json', 'readJson', schema);
  }

  /** The body as text; `encoding` as in {@link SessionResponse.text}. */
  text(encoding?: string): Promise<string> {
    return this.#read('text/*', 'text', encoding);
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read('*/*', 'bytes');
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#read('*/*', 'arrayBuffer');
  }

  blob(): Promise<Blob> {
    return this.#read('*/*', 'blob');
  }

  formData(): Promise<FormData> {
    return this.#read('multipart/form-data', 'formData');
  }

  /** The body line by line; the call starts now, not at the first line. */
  lines(encoding?: string): AsyncGenerator<string, void, undefined> {
    return deferred(this.#read('text/*', 'lines', encoding));
  }

  /** The body as server-sent events; the call starts now, not at the first event. */
  events(): AsyncGenerator<ServerSentEvent, void, undefined> {
    return deferred(this.#read('text/event-stream', 'events'));
  }
}
// `await` takes its short way only for promises whose constructor is Promise, and `then` makes
// plain promises.
hide(ResponsePromise.prototype, { constructor: Promise });

function deferred<T>(
  items: Promise<AsyncGenerator<T, void, undefined>>,
): AsyncGenerator<T, void, undefined> {
  // The loop tells of an error, however late it begins.
  items.catch(() => {});
  return (async function* later() {
    yield* await items;
  })();
}
