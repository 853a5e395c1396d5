/** A compressed body between the wire and its decoder. */
import { concat } from '../../request/streams.ts';
import { append } from './chunk-queues.ts';
import { decodeSync } from './decode-sync.ts';
import { createDecoder } from './decoder.ts';
import type { ContentDecoder, DecoderSink } from './decoder-stage.ts';

/**
 * A body that is here as a whole before anybody waits for it is decoded at once when it has at most
 * so many bytes, and so many when decoded.
 */
const smallCompressed = 8 * 1024;
const smallDecoded = 256 * 1024;

/** Keeps a small body back until it is whole, or until somebody waits for it. */
export class CompressedBody {
  readonly #contentEncoding: string;
  readonly #sink: DecoderSink;
  readonly #decoder: ContentDecoder;
  #kept: Uint8Array[] | undefined = [];
  #keptBytes = 0;

  constructor(contentEncoding: string, sink: DecoderSink, decoder: ContentDecoder) {
    this.#contentEncoding = contentEncoding;
    this.#sink = sink;
    this.#decoder = decoder;
  }

  /** `undefined` when there is nothing to decode. `onDrain`: the sender need not wait any more. */
  static of(
    contentEncoding: string,
    sink: DecoderSink,
    onDrain: () => void,
  ): CompressedBody | undefined {
    const decoder = createDecoder(contentEncoding, sink, onDrain);
    return decoder && new CompressedBody(contentEncoding, sink, decoder);
  }

  /** Bytes off the wire; false: the sender is to wait. */
  push(chunk: Uint8Array): boolean {
    if (!this.#kept) return this.#decoder.write(chunk);
    append(this.#kept, chunk);
    this.#keptBytes += chunk.length;
    return this.#keptBytes <= smallCompressed || this.flush();
  }

  /** Gives the decoder what was kept back; false: the sender is to wait. */
  flush(): boolean {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    let takesMore = true;
    for (const chunk of kept) takesMore = this.#decoder.write(chunk);
    return takesMore;
  }

  /** All has come. `maxSize`: decoded bytes that are allowed. */
  finish(maxSize = smallDecoded): void {
    const decoded =
      this.#kept &&
      decodeSync(this.#contentEncoding, concat(this.#kept), Math.min(smallDecoded, maxSize));
    if (!decoded) {
      this.flush();
      this.#decoder.end();
      return;
    }
    if (decoded.length > 0) this.#sink.data(decoded);
    this.#sink.end();
  }

  pause(): void {
    this.#decoder.pause();
  }

  resume(): void {
    this.#decoder.resume();
  }

  destroy(): void {
    this.#decoder.destroy();
  }
}
