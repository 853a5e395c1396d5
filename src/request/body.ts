/** Request bodies: from what a caller may give to what middleware and transports see. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { BodyOption, RequestBody } from '../types/request.ts';
import { concat, isAsyncIterable, pieces } from './streams.ts';
import { brandOf } from './brand.ts';

/** A body and the content-type that goes with it unless one is set. */
export type PreparedBody = readonly [body: RequestBody, type?: string];

/**
 * A body that is opened when it is sent: the caller's function makes it anew each time, a stream or
 * iterable can be sent once.
 */
export class LazyBody implements AsyncIterable<Uint8Array | string> {
  #given: BodyOption | undefined;
  readonly #replayLimit: number;

  /** Up to `replayLimit` bytes of a stream are held, so that it can be sent again. */
  constructor(given: BodyOption, replayLimit = 0) {
    this.#given = given;
    this.#replayLimit = replayLimit;
  }

  get replayable(): boolean {
    return typeof this.#given === 'function';
  }

  /** The body of one sending. A second one of a stream is told, and nobody gets an empty body. */
  async open(): Promise<PreparedBody> {
    const given = this.#given;
    if (!given)
      throw new InvalidRequestError(
        isDevelopment
          ? 'A stream cannot be sent again: give a function that returns a new one'
          : 'body was sent',
      );
    if (typeof given === 'function') {
      const made = readBody(await given());
      return made[0] instanceof LazyBody ? made[0].open() : made;
    }
    this.#given = undefined;
    if (!this.#replayLimit)
      return [isAsyncIterable(given) ? given : pieces(given as Iterable<string>)];

    const read: Uint8Array[] = [];
    const rest = pieces(given as ReadableStream<Uint8Array>);
    let size = 0;
    for (let next; !(next = await rest.next()).done;) {
      read.push(next.value);
      if ((size += next.value.length) > this.#replayLimit) {
        return [
          (async function* replayed() {
            yield* read;
            yield* rest;
          })(),
        ];
      }
    }
    const bytes = concat(read);
    this.#given = () => bytes;
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
 * functions besides. `replayLimit`: see {@link LazyBody}.
 */
export function readBody(
  given: BodyOption | RequestBody | undefined,
  replayLimit?: number,
): PreparedBody {
  if (given === null || given === undefined) return [null];
  if (typeof given === 'string') return [given, 'text/plain;charset=UTF-8'];
  // What the casts below claim is what the brand says.
  const brand = brandOf(given);
  if (brand === 'URLSearchParams')
    return [String(given), 'application/x-www-form-urlencoded;charset=UTF-8'];
  if (brand === 'Blob' || brand === 'File') return [given as Blob, (given as Blob).type];
  // The content-type of a form holds a boundary, which the transport draws.
  if (brand === 'FormData' || given instanceof LazyBody) return [given as FormData];
  if (ArrayBuffer.isView(given))
    return [new Uint8Array(given.buffer, given.byteOffset, given.byteLength)];
  if (brand.endsWith('ArrayBuffer')) return [new Uint8Array(given as ArrayBuffer)];
  return [new LazyBody(readSource(given, brand), replayLimit)];
}

/** What is left: a stream, an iterable or a function. */
function readSource(given: object, brand: string): BodyOption {
  let cause: unknown;
  try {
    // The platform alone can tell that a stream was read in part.
    const isStream = brand === 'ReadableStream' && new Response(given as ReadableStream);
    if (
      isStream ||
      typeof given === 'function' ||
      isAsyncIterable(given) ||
      Symbol.iterator in given
    )
      return given as BodyOption;
  } catch (error) {
    cause = error;
  }
  throw new InvalidRequestError(
    isDevelopment
      ? 'body must be text, bytes, Blob, FormData, URLSearchParams, an unread stream or ' +
          'iterable, or a function that returns one; data is for json or form'
      : 'body',
    { cause },
  );
}
