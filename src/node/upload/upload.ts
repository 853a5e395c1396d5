/** A request body on its way through undici. */
import { AsyncResource } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { report } from '../../response/body/body-source.ts';
import type { ProgressCallback } from '../../types/progress.ts';
import type { RequestBody } from '../../types/request.ts';
import { hasBrand, isBytes } from '../../request/host/brand.ts';
import { withLength } from '../../transports/framing.ts';
import { readBlob } from './blob.ts';
import { encodeMultipart } from './multipart.ts';

/** What goes to undici, and what its headers must say about it. */
export class Upload {
  /** The caller's stream or callback failed: that is its own error, not the network's. */
  failure: { error: unknown } | undefined;
  contentType: string | undefined;
  /** Bytes, where they are known and undici cannot see them. */
  contentLength: number | undefined;
  /** For undici: `null`, bytes, text or an iterable. */
  body: unknown;
  /** It is written piece by piece, which takes its time. */
  isIterable = false;
  /** Something of an iterable was taken, or was about to be. */
  isBegun = false;
  /** Told of each piece of an iterable that was taken. */
  onSent: (() => void) | undefined;
  /** A stream of the caller's. */
  #stream: object | undefined;
  /** Makes the iterable. */
  readonly #open: (() => AsyncIterable<Uint8Array | string>) | undefined;
  readonly #progress: ProgressCallback | undefined;
  /** Where the caller's stream or callback was given: it runs there, whoever asks for pieces. */
  #context: AsyncResource | undefined;
  #sent = 0;

  /** `length`: the bytes that a stream must have. */
  constructor(body: RequestBody, progress?: ProgressCallback, length?: number) {
    this.#progress = progress;
    if (body === null || typeof body === 'string' || isBytes(body)) {
      if (body === null || body.length === 0 || !progress) {
        this.body = body;
        return;
      }
      // As one piece: undici 7 tells handlers of its present kind nothing of what it has written.
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      this.contentLength = bytes.length;
      this.#open = () => onePiece(bytes);
    } else if (hasBrand(body, 'FormData')) {
      const form = encodeMultipart(body);
      this.contentType = form.contentType;
      this.contentLength = form.length;
      this.#open = () => form.stream();
    } else if (hasBrand(body, 'Blob') || hasBrand(body, 'File')) {
      // undici would send a Blob whole, or lose its length.
      this.contentLength = body.size;
      this.#open = () => readBlob(body);
    } else {
      refuseUnusable(body);
      this.#stream = body;
      this.#open = () => (length === undefined ? body : withLength(body, length));
    }
    this.isIterable = true;
    this.body = this.again();
  }

  /** The body once more. */
  again(): unknown {
    this.#sent = 0;
    if (!this.#open) return this.body;
    if (this.#stream || this.#progress) this.#context ??= new AsyncResource('isosession');
    const made = this.#pieces(this.#open());
    return this.#context ? boundTo(this.#context, made) : made;
  }

  /** It will not be sent: what the caller's stream holds, a file or a connection, is freed. */
  discard(): void {
    if (this.#stream) this.#context?.runInAsyncScope(discardStream, undefined, this.#stream);
  }

  async *#pieces(body: AsyncIterable<unknown>): AsyncGenerator<Uint8Array | string> {
    this.isBegun = true;
    try {
      for await (const given of body) {
        const piece = toPiece(given);
        if (!this.#progress) {
          yield piece;
          this.onSent?.();
          continue;
        }
        const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
        yield bytes;
        // Whoever asks for the next piece has written this one.
        this.onSent?.();
        this.#sent += bytes.length;
        report(this.#progress, this.#sent, this.contentLength ?? 0, bytes);
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

function discardStream(stream: object): void {
  if (stream instanceof Readable) stream.destroy();
  // Of one that is being read, the reader takes care.
  else if (hasBrand(stream, 'ReadableStream')) stream.cancel().catch(() => {});
}

/** The same pieces, each made in a context. */
function boundTo<T>(context: AsyncResource, made: AsyncGenerator<T>): AsyncIterable<T> {
  const bound = {
    next: () => context.runInAsyncScope(() => made.next()),
    return: () => context.runInAsyncScope(() => made.return(undefined)),
  };
  return { [Symbol.asyncIterator]: () => bound };
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** A piece of a stream: Node's sockets take no other view than bytes. */
function toPiece(piece: unknown): Uint8Array | string {
  if (isBytes(piece) || typeof piece === 'string') return piece;
  if (ArrayBuffer.isView(piece)) return toBytes(piece);
  throw new InvalidRequestError(
    `The body's stream gave a value of type ${typeof piece}: it must give bytes or strings`,
  );
}

function toBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * A Node `Readable` that was read to its end gives nothing, and one that was destroyed an error,
 * when the request is on its way already.
 */
function refuseUnusable(
  body: object & Partial<Pick<Readable, 'destroyed' | 'readableEnded' | 'errored'>>,
): void {
  const { destroyed, readableEnded, errored } = body;
  if (destroyed !== true && readableEnded !== true) return;
  const fate = readableEnded ? 'read' : 'destroyed';
  throw new InvalidRequestError(
    `The body is a stream that was ${fate} already: give a function that returns a new one`,
    { cause: errored ?? undefined },
  );
}
