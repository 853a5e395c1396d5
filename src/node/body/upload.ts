/** A request body on its way through undici. */
import { Readable } from 'node:stream';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { report } from '../../response/body-source.ts';
import type { ProgressCallback } from '../../types/progress.ts';
import type { RequestBody } from '../../types/request.ts';
import { encodeMultipart } from './multipart.ts';
import { brandOf } from '../../request/brand.ts';

/** What goes to undici, and what its headers must say about it. */
export class Upload {
  /** The caller's stream or callback failed: that is its own error, not the network's. */
  failure: { error: unknown } | undefined;
  contentType: string | undefined;
  /** Bytes, where they are known and undici cannot see them. */
  contentLength: number | undefined;
  /** For undici: `null`, bytes, text or an iterable. */
  body: unknown;
  /** A stream of the caller's. */
  #stream: object | undefined;
  readonly #open: (() => AsyncIterable<Uint8Array | string>) | undefined;
  readonly #progress: ProgressCallback | undefined;
  readonly #total: number;
  #sent = 0;

  constructor(body: RequestBody, progress: ProgressCallback | undefined) {
    this.#progress = progress;
    if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
      this.body = body;
      this.#total = body === null ? 0 : Buffer.byteLength(body);
      return;
    }
    const brand = brandOf(body);
    if (brand === 'FormData') {
      const form = encodeMultipart(body as FormData);
      this.contentType = form.contentType;
      this.contentLength = form.length;
      this.#open = () => form.stream();
    } else if (brand === 'Blob' || brand === 'File') {
      // undici would send a Blob whole, or lose its length.
      this.contentLength = (body as Blob).size;
      this.#open = () => (body as Blob).stream();
    } else {
      refuseSpent(body);
      this.#stream = body;
      this.#open = () => body as AsyncIterable<Uint8Array | string>;
    }
    this.#total = this.contentLength ?? 0;
    this.body = this.again();
  }

  /** The body once more. */
  again(): unknown {
    this.#sent = 0;
    return this.#open ? this.#checked(this.#open()) : this.body;
  }

  /** It will not be sent: what the caller's stream holds, a file or a connection, is freed. */
  discard(): void {
    const stream = this.#stream;
    if (stream instanceof Readable) stream.destroy();
    // Of one that is being read, the reader takes care.
    else if (stream && brandOf(stream) === 'ReadableStream')
      (stream as ReadableStream).cancel().catch(() => {});
  }

  async *#checked(pieces: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
    try {
      for await (const piece of pieces) {
        // undici tells of a string as a string, and Node's sockets take no other view than bytes.
        if (piece instanceof Uint8Array) yield piece;
        else if (typeof piece === 'string') yield this.#progress ? Buffer.from(piece) : piece;
        else if (ArrayBuffer.isView(piece as unknown)) yield toBytes(piece);
        else
          throw new InvalidRequestError(
            `The body's stream gave a ${typeof piece}: it must give bytes or strings`,
          );
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  /** undici has written a piece. */
  sent(chunk: Uint8Array): void {
    this.#sent += chunk.length;
    try {
      report(this.#progress, this.#sent, this.#total, chunk);
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

function toBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * A Node `Readable` that was read to its end gives nothing, and one that was destroyed an error,
 * when the request is on its way already.
 */
function refuseSpent(body: RequestBody): void {
  const { destroyed, readableEnded, errored } = body as Partial<Readable>;
  if (destroyed !== true && readableEnded !== true) return;
  throw new InvalidRequestError(
    `The body is a stream that was ${readableEnded ? 'read' : 'destroyed'} already: give a function that returns a new one`,
    { cause: errored ?? undefined },
  );
}
