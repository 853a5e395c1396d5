/** Request bodies: from what a caller may give to what middleware and transports see. */
import { InvalidRequestError } from '../errors.ts';
import type { Awaitable, BodyIterable, BodyOption, FormOption, RequestBody } from '../types.ts';
import { readPairs } from './url.ts';

/** A body and the content-type that goes with it unless one is set. */
export interface PreparedBody {
  body: RequestBody;
  type: string | undefined;
}

type Type = abstract new (...args: never[]) => object;
let nameless: Type[] | undefined;

/** Types of the host whose objects do not name themselves, for {@link brandOf}. */
export function setNameless(types: Type[]): void {
  nameless = types;
}

/** The name that an object of any realm or library gives itself: `FormData`, `Blob`, `Request`. */
export function brandOf(value: unknown): string {
  return nameless?.find((type) => value instanceof type)?.name ?? Object.prototype.toString.call(value).slice(8, -1);
}

export function isIterable(value: unknown): value is BodyIterable {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}

/** A body that can be sent once: a stream or an iterable. The second reader is told, and nobody gets an empty body. */
export class OneShotBody implements AsyncIterable<Uint8Array | string> {
  used = false;
  /** A `ReadableStream` keeps its identity for transports that take one. */
  readonly source: BodyIterable | ReadableStream<Uint8Array>;

  constructor(source: BodyIterable | ReadableStream<Uint8Array>) {
    this.source = source;
  }

  /** Marks it as sent. */
  take(): BodyIterable | ReadableStream<Uint8Array> {
    if (this.used) throw new InvalidRequestError('The body is a stream that was sent already and cannot be sent again: give a function that returns a new one');
    this.used = true;
    return this.source;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array | string> {
    const source = this.take();
    // Its own iterator where it has one: a generator around it would cost each piece another turn.
    return Symbol.asyncIterator in source ? (source as AsyncIterable<Uint8Array | string>)[Symbol.asyncIterator]() : pieces(source);
  }
}

/** A body that is made anew each time it is sent. */
export class BodyFactory implements AsyncIterable<Uint8Array | string> {
  readonly #make: () => Awaitable<BodyInit | BodyIterable | null>;

  constructor(make: () => Awaitable<BodyInit | BodyIterable | null>) {
    this.#make = make;
  }

  /** The body of one sending. */
  async open(): Promise<PreparedBody> {
    return readBody(await this.#make());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array | string> {
    const { body } = await this.open();
    yield* bodyPieces(body);
  }
}

async function* pieces(source: BodyIterable | ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array | string> {
  // Not every browser can iterate a stream.
  if (isIterable(source)) {
    yield* source;
    return;
  }
  const reader = (source as ReadableStream<Uint8Array>).getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if ((ended = done)) return;
      yield value as Uint8Array;
    }
  } finally {
    if (!ended) await reader.cancel();
  }
}

/** Any body but a form as pieces. */
export async function* bodyPieces(body: RequestBody): AsyncGenerator<Uint8Array | string> {
  if (body === null) return;
  if (typeof body === 'string' || body instanceof Uint8Array) yield body;
  else if (Symbol.asyncIterator in body) yield* body;
  else if (brandOf(body) === 'FormData') yield* pieces(new Response(body as FormData).body as ReadableStream<Uint8Array>);
  else yield* pieces((body as Blob).stream());
}

/** Whether the body can be sent once more. */
export function isReplayable(body: RequestBody): boolean {
  return !(body instanceof OneShotBody) && (body === null || typeof body !== 'object' || body instanceof Uint8Array || body instanceof BodyFactory || !isIterable(body) || brandOf(body) === 'FormData');
}

/** Reads the `body` option by the rules of the Fetch standard ("extract a body"), and iterables besides. */
export function readBody(given: Exclude<BodyOption, undefined>): PreparedBody {
  if (given === null || given === undefined) return { body: null, type: undefined };
  if (typeof given === 'string') return { body: given, type: 'text/plain;charset=UTF-8' };
  if (typeof given === 'function') return { body: new BodyFactory(given), type: undefined };
  if (given instanceof Uint8Array) return { body: given, type: undefined };
  if (ArrayBuffer.isView(given)) return { body: new Uint8Array(given.buffer, given.byteOffset, given.byteLength), type: undefined };
  const brand = brandOf(given);
  if (brand === 'ArrayBuffer' || brand === 'SharedArrayBuffer') return { body: new Uint8Array(given as ArrayBuffer), type: undefined };
  if (brand === 'URLSearchParams') return { body: String(given), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  if (brand === 'Blob' || brand === 'File') return { body: given as Blob, type: (given as Blob).type || undefined };
  // Its content-type holds a boundary, which the transport draws.
  if (brand === 'FormData') return { body: given as FormData, type: undefined };
  if (brand === 'ReadableStream' || isIterable(given)) {
    if (brand === 'ReadableStream') {
      try {
        // The platform alone can tell that a stream was read in part.
        new Response(given as ReadableStream);
      } catch (cause) {
        throw new InvalidRequestError('The body is a stream that somebody has read from already', { cause });
      }
    }
    return { body: new OneShotBody(given as BodyIterable), type: undefined };
  }
  throw new InvalidRequestError('body must be a string, bytes, a Blob, FormData, URLSearchParams, a stream, an iterable or a function that returns one of these; for data use json or form');
}

/** The body of the `json` option. */
export function jsonBody(value: unknown, stringify: (value: unknown) => string): PreparedBody {
  let body: string;
  try {
    body = stringify(value);
  } catch (cause) {
    throw new InvalidRequestError('json cannot be serialised', { cause });
  }
  if (typeof body !== 'string') throw new InvalidRequestError('json cannot be serialised: it gives no JSON text');
  return { body, type: 'application/json' };
}

/** The body of the `form` option. */
export function formBody(form: FormOption): PreparedBody {
  const pairs = readPairs(form, 'form').filter((pair): pair is [string, string] => pair[1] !== null);
  return { body: new URLSearchParams(pairs).toString(), type: 'application/x-www-form-urlencoded' };
}
