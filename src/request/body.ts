/** Request bodies: from what a caller may give to what middleware and transports see. */
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { BodyOption, RequestBody } from '../types/request.ts';
import { concat, isAsyncIterable, pieces } from './streams.ts';
import { brandOf } from './brand.ts';

/**
 * A body and the content-type that goes with it. One that `namesItself` is read by no other: forms,
 * whose type may hold a boundary that the transport draws, and Blobs with a type.
 */
export type PreparedBody = readonly [
  body: RequestBody,
  type?: string | undefined,
  namesItself?: boolean,
];

/**
 * A body that is opened when it is sent: the caller's function makes it anew each time, a stream or
 * iterable can be sent once.
 */
export class LazyBody implements AsyncIterable<Uint8Array | string> {
  /** The content-type that the call has set. */
  ofCall: string | null | undefined;
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
    return [String(given), 'application/x-www-form-urlencoded;charset=UTF-8', true];
  if (brand === 'Blob' || brand === 'File') {
    const { type } = given as Blob;
    return [given as Blob, type, Boolean(type)];
  }
  // The content-type of a form holds a boundary, which the transport draws.
  if (brand === 'FormData') return [given as FormData, undefined, true];
  if (given instanceof LazyBody) return [given];
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
