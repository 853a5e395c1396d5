/** What a call gives: a promise of the response that can also be asked for the data. */
import type { ServerSentEvent } from '../types/response.ts';
import type { InferOutput, StandardSchemaV1 } from '../types/standard-schema.ts';
import { baseClass } from '../request/host/host-class.ts';
import type { SessionResponse } from './session-response.ts';
import { hide, tellWaiters } from '../errors/session-error.ts';
import { discardWhenCollected } from './wrap-response.ts';

/** The call behind the promise. */
interface PromisedCall {
  /** The media types that a shortcut accepts, when no `accept` is set. */
  accept: string | undefined;
  /** A shortcut reads the body whole, as soon as it is here. */
  isRead: boolean;
  run(): Promise<SessionResponse>;
  /** Throws for an HTTP error, unless `throwHttpErrors` says otherwise. */
  checkData(response: SessionResponse): Promise<SessionResponse>;
  /** The error that the call rejects with. */
  fail(error: unknown): Promise<unknown>;
}

const PromiseBase = baseClass<Promise<SessionResponse>>(Promise);

/**
 * A `Promise<SessionResponse>` with shortcuts. Awaited, it gives the response whatever its status.
 * A shortcut gives the data and throws {@link HTTPError} for a status of 400 or more; it sets
 * `accept` when none is set.
 */
export class ResponsePromise extends PromiseBase {
  readonly #call: PromisedCall;

  /** @internal */
  constructor(call: PromisedCall) {
    super(call.run());
    Object.setPrototypeOf(this, ResponsePromise.prototype);
    this.#call = call;
  }

  async #read<T>(
    accept: string | undefined,
    read: (response: SessionResponse) => T | Promise<T>,
    isWhole = true,
  ): Promise<T> {
    this.#call.accept ??= accept;
    this.#call.isRead ||= isWhole;
    const response = await this;
    try {
      if (response.status >= 400) await this.#call.checkData(response);
      const data = read(response);
      return data instanceof Promise ? await data : data;
    } catch (error) {
      // It may hold the response, whose body need not be read by now.
      discardWhenCollected(response);
      throw await this.#call.fail(error);
    }
  }

  /** @internal The response, or the rejection of a shortcut for its status. */
  checked(): Promise<SessionResponse> {
    return this.#read(undefined, (response) => response, false);
  }

  /**
   * The body as JSON; with a Standard Schema, validated. Errors as in {@link SessionResponse.json}.
   */
  json<S extends StandardSchemaV1>(schema: S): Promise<InferOutput<S>>;
  json<T = unknown>(): Promise<T>;
  json(schema?: StandardSchemaV1): Promise<unknown> {
    return this.#read('application/json', (response) => response.readJson(schema));
  }

  /** The body as text; `encoding` as in {@link SessionResponse.text}. */
  text(encoding?: string): Promise<string> {
    return this.#read('text/*', (response) => response.text(encoding));
  }

  /** The decoded bytes of the body. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read('*/*', (response) => response.bytes());
  }

  /** The decoded bytes of the body as an `ArrayBuffer`. */
  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#read('*/*', (response) => response.arrayBuffer());
  }

  /** The body as a `Blob` whose type is the content-type. */
  blob(): Promise<Blob> {
    return this.#read('*/*', (response) => response.blob());
  }

  /** The body as a form. Errors as in {@link SessionResponse.formData}. */
  formData(): Promise<FormData> {
    return this.#read('multipart/form-data', (response) => response.formData());
  }

  /** The body line by line; the call starts now, not at the first line. */
  lines(encoding?: string): AsyncGenerator<string, void, undefined> {
    return deferred(this.#read('text/*', (response) => response.lines(encoding), false));
  }

  /** The body as server-sent events; the call starts now, not at the first event. */
  events(): AsyncGenerator<ServerSentEvent, void, undefined> {
    return deferred(this.#read('text/event-stream', (response) => response.events(), false));
  }
}
// `await` takes its short way, 0.5 µs a call, only for promises whose constructor is Promise, and
// `then` makes plain promises.
hide(ResponsePromise.prototype, { constructor: Promise });

function deferred<T>(
  items: Promise<AsyncGenerator<T, void, undefined>>,
): AsyncGenerator<T, void, undefined> {
  // The loop tells of an error, however late it begins.
  items.catch(() => {});
  return (async function* later() {
    try {
      yield* await items;
    } catch (error) {
      throw tellWaiters(error);
    }
  })();
}
