/** Request bodies: from what a caller may give to what middleware and transports see. */
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { BodyOption, RequestBody } from '../types/request.ts';
import { type Bytes, concat, streamOf } from '../response/body-source.ts';

/** A body and the content-type that goes with it unless one is set. */
export type PreparedBody = readonly [body: RequestBody, type?: string];

type Type = abstract new (...args: never[]) => object;
let nameless: Type[] | undefined;

/** Types of the host whose objects do not name themselves, for {@link brandOf}. */
export function setNameless(types: Type[]): void {
  nameless = types;
}

/** The name that an object of any realm or library gives itself: `FormData`, `Blob`, `Request`. */
export function brandOf(value: unknown): string {
  return (
    nameless?.find((type) => value instanceof type)?.name ??
    Object.prototype.toString.call(value).slice(8, -1)
  );
}

/** A `Request` of any realm. */
export function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && brandOf(value) === 'Request';
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<Uint8Array | string> {
  return Symbol.asyncIterator in Object(value);
}

/**
 * A body that is opened when it is sent: the caller's function makes it anew each time, a stream or
 * iterable can be sent once.
 */
export class LazyBody implements AsyncIterable<Uint8Array | string> {
  #source: BodyOption | undefined;
  readonly #keep: number;

  /** Up to `keep` bytes of a stream are held for the next sending. */
  constructor(source: BodyOption, keep = 0) {
    this.#source = source;
    this.#keep = keep;
  }

  get replayable(): boolean {
    return typeof this.#source === 'function';
  }

  /** The body of one sending. A second one of a stream is told, and nobody gets an empty body. */
  async open(): Promise<PreparedBody> {
    const source = this.#source;
    if (!source)
      throw new InvalidRequestError(
        'A stream cannot be sent again: give a function that returns a new one',
      );
    if (typeof source === 'function') {
      const made = readBody(await source());
      return made[0] instanceof LazyBody ? made[0].open() : made;
    }
    this.#source = undefined;
    if (!this.#keep) return [isAsyncIterable(source) ? source : pieces(source as Iterable<string>)];

    const read: Uint8Array[] = [];
    const rest = pieces(source as ReadableStream<Uint8Array>);
    let size = 0;
    for (let next; !(next = await rest.next()).done;) {
      read.push(next.value);
      if ((size += next.value.length) > this.#keep) {
        return [
          (async function* whole() {
            yield* read;
            yield* rest;
          })(),
        ];
      }
    }
    const bytes = concat(read);
    this.#source = () => bytes;
    return [bytes];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array | string> {
    const [body] = await this.open();
    // What the platform can send it can also turn into bytes.
    yield* isAsyncIterable(body) ? body : pieces(new Response(body as BodyInit | null).body ?? []);
  }
}

/**
 * The pieces of an iterable or a stream: not every browser can iterate a stream. Who stops early
 * cancels it, so that it holds no connection.
 */
export async function* pieces<T>(source: Iterable<T> | ReadableStream<T>): AsyncGenerator<T> {
  if (Symbol.iterator in source) return yield* source;
  const reader = source.getReader();
  try {
    for (let next; !(next = await reader.read()).done;) yield next.value;
  } finally {
    await reader.cancel();
  }
}

/** The other way round: an iterable as a stream, if it is not one already; strings as UTF-8. */
export function toStream(source: AsyncIterable<Uint8Array | string>): ReadableStream<Bytes> {
  if ('getReader' in source) return source as unknown as ReadableStream<Bytes>;
  const iterator = source[Symbol.asyncIterator]();
  return streamOf(
    async () => {
      const { done, value } = await iterator.next();
      return done
        ? undefined
        : typeof value === 'string'
          ? new TextEncoder().encode(value)
          : (value as Bytes);
    },
    () => void iterator.return?.(),
  );
}

/** Whether the body can be sent once more. */
export function isReplayable(body: RequestBody): boolean {
  return body instanceof LazyBody ? body.replayable : !isAsyncIterable(body);
}

/**
 * Reads the `body` option by the rules of the Fetch standard ("extract a body"), and iterables and
 * functions besides. `keep`: see {@link LazyBody}.
 */
export function readBody(given: BodyOption | RequestBody | undefined, keep?: number): PreparedBody {
  if (given === null || given === undefined) return [null];
  if (typeof given === 'string') return [given, 'text/plain;charset=UTF-8'];
  const brand = brandOf(given);
  if (brand === 'URLSearchParams')
    return [String(given), 'application/x-www-form-urlencoded;charset=UTF-8'];
  if (brand === 'Blob' || brand === 'File') return [given as Blob, (given as Blob).type];
  // The content-type of a form holds a boundary, which the transport draws.
  if (brand === 'FormData' || given instanceof LazyBody) return [given as FormData];
  if (ArrayBuffer.isView(given))
    return [new Uint8Array(given.buffer, given.byteOffset, given.byteLength)];
  if (brand.endsWith('ArrayBuffer')) return [new Uint8Array(given as ArrayBuffer)];
  let cause: unknown;
  try {
    // The platform alone can tell that a stream was read in part.
    if (brand === 'ReadableStream') new Response(given as ReadableStream);
    if (
      brand === 'ReadableStream' ||
      typeof given === 'function' ||
      isAsyncIterable(given) ||
      Symbol.iterator in given
    )
      return [new LazyBody(given as BodyOption, keep)];
  } catch (error) {
    cause = error;
  }
  throw new InvalidRequestError(
    'body must be text, bytes, Blob, FormData, URLSearchParams, an unread stream or iterable, or a function that returns one; data is for json or form',
    { cause },
  );
}
