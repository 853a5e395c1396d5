/** A request body on its way through undici. */
import { InvalidRequestError } from '../errors.ts';
import { brandOf } from '../core/body.ts';
import type { ProgressCallback, RequestBody } from '../types.ts';
import { encodeMultipart } from './multipart.ts';

/** What goes to undici, and what its headers must say about it. */
export class Upload {
  /** The caller's stream failed: that is its own error, not the network's. */
  failure: { error: unknown } | undefined;
  contentType: string | undefined;
  /** Bytes, where they are known and undici cannot see them. */
  contentLength: number | undefined;
  /** For undici: `null`, bytes, text or an iterable. */
  body: unknown;
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
    } else this.#open = () => body as AsyncIterable<Uint8Array | string>;
    this.#total = this.contentLength ?? 0;
    this.body = this.again();
  }

  /** The body once more. */
  again(): unknown {
    this.#sent = 0;
    return this.#open ? this.#checked(this.#open()) : this.body;
  }

  async *#checked(pieces: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
    try {
      for await (const piece of pieces) {
        if (typeof piece !== 'string' && !ArrayBuffer.isView(piece)) throw new InvalidRequestError(`The body's stream gave a ${typeof piece}: it must give bytes or strings`);
        yield piece;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  /** undici has written a piece. */
  sent(chunk: Uint8Array): void {
    if (!this.#progress) return;
    this.#sent += chunk.length;
    this.#progress({ percent: this.#total ? Math.min(this.#sent / this.#total, 1) : 0, transferredBytes: this.#sent, totalBytes: this.#total }, chunk);
  }
}
