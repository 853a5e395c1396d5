/** Request bodies: from what a caller may give to what middleware and transports see. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { BodyIterable, BodyOption, RequestBody } from '../types/request.ts';
import { version } from '../version.ts';
import { concat, isAsyncIterable, isStream, pieces } from './streams.ts';
import { brandOf, hasBrand, isBytes } from './host/brand.ts';

/**
 * A body and the content-type that goes with it. One that `namesItself` is read by no other: forms,
 * whose type may hold a boundary that the transport draws, and Blobs with a type.
 */
export type PreparedBody = readonly [
  body: RequestBody,
  type?: string | undefined,
  namesItself?: boolean,
];

/** What a body may be opened from. */
type LazySource = Extract<BodyOption, () => unknown> | ReadableStream<Uint8Array> | BodyIterable;

const lazy = Symbol.for(`isosession.lazy ${version}`);

/**
 * A body that is opened when it is sent: the caller's function makes it anew each time, a stream or
 * iterable can be sent once.
 */
export class LazyBody implements AsyncIterable<Uint8Array | string> {
  readonly [lazy] = true;
  /** The content-type that the call has set. */
  ofCall: string | null | undefined;
  #given: LazySource | undefined;
  readonly #replayLimit: number;

  /** Up to `replayLimit` bytes of a stream are held, so that it can be sent again. */
  constructor(given: LazySource, replayLimit = 0) {
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
      return isLazy(made[0]) ? made[0].open() : made;
    }
    this.#given = undefined;
    if (!this.#replayLimit || !isStream(given))
      return [isAsyncIterable(given) ? given : pieces(given)];

    const read: Uint8Array[] = [];
    const rest = pieces(given);
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

/** Whether it is a {@link LazyBody}, of any copy of this version. */
export const isLazy = (body: unknown): body is LazyBody =>
  typeof body === 'object' && body !== null && lazy in body;

/** Whether the body can be sent once more. */
export function isReplayable(body: RequestBody): boolean {
  return isLazy(body) ? body.replayable : !isAsyncIterable(body);
}

/** A body for somebody else's code: what can be changed in place is a copy. */
export function copyBody(body: RequestBody): RequestBody {
  if (isBytes(body)) return new Uint8Array(body);
  if (typeof body !== 'object' || !hasBrand(body, 'FormData')) return body;
  // React Native's tells nobody what is in it.
  if (!(Symbol.iterator in body)) return body;
  // One of another library takes that library's Blobs alone.
  const form: FormData = Reflect.construct(body.constructor, []);
  for (const [name, value] of body) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, value.name);
  }
  return form;
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
  if (hasBrand(given, 'URLSearchParams'))
    return [String(given), 'application/x-www-form-urlencoded;charset=UTF-8', true];
  if (hasBrand(given, 'Blob') || hasBrand(given, 'File'))
    return [given, given.type, Boolean(given.type)];
  // The content-type of a form holds a boundary, which the transport draws.
  if (hasBrand(given, 'FormData')) return [given, undefined, true];
  if (isLazy(given)) return [given];
  if (ArrayBuffer.isView(given))
    return [new Uint8Array(given.buffer, given.byteOffset, given.byteLength)];
  if (isBuffer(given)) return [new Uint8Array(given)];
  return [new LazyBody(readSource(given), replayLimit)];
}

/**
 * A body as the Fetch standard reads it: what is none of its kinds is text. Iterables that are
 * awaited, which Node's fetch takes, too, and functions stay bodies.
 */
export function toFetchBody<Body>(given: Body): Body | string {
  const isBody =
    typeof given === 'function' ||
    isAsyncIterable(given) ||
    ArrayBuffer.isView(given) ||
    isBuffer(given) ||
    kinds.test(brandOf(given));
  return isBody ? given : String(given);
}

const kinds = /^(?:Blob|File|FormData|URLSearchParams|ReadableStream)$/;

function isBuffer(given: unknown): given is ArrayBuffer | SharedArrayBuffer {
  return hasBrand(given, 'ArrayBuffer') || hasBrand(given, 'SharedArrayBuffer');
}

/** Checks what is left: a stream, an iterable or a function. */
function readSource(given: LazySource): LazySource {
  let cause: unknown;
  try {
    // The platform alone can tell that a stream was read in part.
    if (hasBrand(given, 'ReadableStream')) new Response(given);
    if (isSource(given)) return given;
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

/** A caller without types may have given anything. */
function isSource(given: LazySource): boolean {
  return (
    hasBrand(given, 'ReadableStream') ||
    typeof given === 'function' ||
    isAsyncIterable(given) ||
    Symbol.iterator in given
  );
}
