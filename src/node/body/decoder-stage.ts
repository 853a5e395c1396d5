/** One step of decoding: one coding undone. */
import * as zlib from 'node:zlib';
import { DecodeError } from '../../errors/decode-error.ts';
import {
  chunkSize,
  type Coding,
  createZstdDecompress,
  type Inflater,
  isZlib,
  zstdParameters,
} from './codings.ts';
import { append } from './chunk-queues.ts';
import { GzipFrames } from './gzip-frames.ts';

/** What has come so far is given out, as by browsers and curl, when its end is missing. */
const { BROTLI_OPERATION_FLUSH, Z_SYNC_FLUSH } = zlib.constants;

/** Undecoded bytes that are held before the sender is asked to wait. */
const highWaterMark = 128 * 1024;

/** Gets the decoded body. After `end` or `error` nothing more comes. */
export interface DecoderSink {
  data(chunk: Uint8Array): void;
  end(): void;
  error(error: Error): void;
}

/** Decodes one body, off the main thread. */
export interface ContentDecoder {
  /**
   * Feeds bytes off the wire, which must not change until they are decoded; false: wait for the
   * drain callback before more.
   */
  write(chunk: Uint8Array): boolean;
  /**
   * No more bytes come. Whether they are all is for HTTP to say: some servers never end what they
   * have flushed.
   */
  end(): void;
  /** Holds the sink's data; at most one further chunk is delivered. */
  pause(): void;
  resume(): void;
  /** Frees everything at once; the sink is not called again. */
  destroy(): void;
}

/**
 * Undoes one coding. One chunk at a time is given to zlib, so that it is known where the compressed
 * data ended.
 */
export class DecoderStage implements ContentDecoder {
  readonly #coding: Coding;
  readonly #sink: DecoderSink;
  readonly #onDrain: () => void;
  readonly #frames: GzipFrames | undefined;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #inflater: Inflater | undefined;
  /** What the inflater has been given and not yet handed back. */
  #current: Uint8Array | undefined;
  #usedBefore = 0;
  #busy = false;
  #full = false;
  #paused = false;
  /** The compressed data is over: what follows is ignored. */
  #over = false;
  #ended = false;
  #closed = false;

  constructor(coding: Coding, sink: DecoderSink, onDrain: () => void) {
    this.#coding = coding;
    this.#sink = sink;
    this.#onDrain = onDrain;
    this.#frames = coding === 'gzip' ? new GzipFrames() : undefined;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#closed || this.#over) return true;
    append(this.#queue, chunk);
    this.#queued += chunk.length;
    this.#run();
    this.#full = this.#queued >= highWaterMark;
    return !this.#full;
  }

  end(): void {
    this.#ended = true;
    this.#run();
  }

  pause(): void {
    this.#paused = true;
    this.#inflater?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#inflater?.resume();
  }

  destroy(): void {
    this.#closed = true;
    this.#queue = [];
    this.#inflater?.destroy();
    this.#inflater = this.#current = undefined;
  }

  #run(): void {
    while (!this.#busy && !this.#closed) {
      if (this.#over) {
        this.#queue = [];
        this.#queued = 0;
      }
      const chunk = this.#queue.shift();
      if (!chunk) break;
      this.#feed(chunk);
    }
    if (!this.#busy && !this.#closed && this.#ended) this.#finish();
  }

  #feed(chunk: Uint8Array): void {
    let data = chunk;
    if (this.#frames && !this.#inflater) {
      try {
        data = this.#frames.read(chunk);
      } catch (error) {
        return this.#fail(error);
      }
      this.#over = this.#frames.state === 'over';
      this.#queued -= chunk.length - data.length;
    }
    if (data.length === 0 || this.#over) return;
    const inflater = (this.#inflater ??= this.#open(data));
    this.#busy = true;
    this.#current = data;
    this.#usedBefore = inflater.bytesWritten;
    inflater.write(data, () => {
      // Unused bytes mean that the compressed data has ended: #endData takes them back.
      if (this.#inflater !== inflater || this.#unused(data, inflater).length > 0) return;
      this.#queued -= data.length;
      this.#current = undefined;
      this.#continue();
    });
  }

  #open(data: Uint8Array): Inflater {
    const inflater = createInflater(this.#coding, data);
    inflater.on('data', (output: Uint8Array) => {
      if (this.#closed) return;
      this.#frames?.update(output);
      this.#sink.data(output);
    });
    inflater.on('end', () => this.#endData(inflater));
    inflater.on('error', (error) => this.#fail(error));
    if (this.#paused) inflater.pause();
    return inflater;
  }

  /** What is left of a piece when the inflater has used up so many bytes. */
  #unused(piece: Uint8Array, inflater: Inflater): Uint8Array {
    return piece.subarray(inflater.bytesWritten - this.#usedBefore);
  }

  #endData(inflater: Inflater): void {
    if (this.#closed) return;
    if (this.#current) {
      const unused = this.#unused(this.#current, inflater);
      this.#queued -= this.#current.length - unused.length;
      this.#queue.unshift(unused);
    }
    inflater.destroy();
    this.#inflater = this.#current = undefined;
    this.#frames?.endData();
    // A further zstd frame is data of its own (RFC 8878 §3.1).
    this.#over = !this.#frames && this.#coding !== 'zstd';
    this.#continue();
  }

  #continue(): void {
    this.#busy = false;
    this.#run();
    if (this.#closed || !this.#full || this.#queued >= highWaterMark) return;
    this.#full = false;
    this.#onDrain();
  }

  #finish(): void {
    if (this.#inflater) {
      this.#busy = true;
      this.#inflater.end();
    } else if (this.#frames && !this.#frames.mayEnd) {
      this.#fail(new Error('unexpected end of file'));
    } else {
      this.destroy();
      this.#sink.end();
    }
  }

  #fail(cause: unknown): void {
    if (this.#closed) return;
    this.destroy();
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#sink.error(
      new DecodeError(`The response body is not valid ${this.#coding} data: ${reason}`, { cause }),
    );
  }
}

function createInflater(coding: Coding, bytes: Uint8Array): Inflater {
  if (coding === 'zstd' && createZstdDecompress)
    return createZstdDecompress({ chunkSize, ...zstdParameters });
  if (coding === 'br')
    return zlib.createBrotliDecompress({ chunkSize, finishFlush: BROTLI_OPERATION_FLUSH });
  const options = { chunkSize, finishFlush: Z_SYNC_FLUSH };
  if (coding === 'deflate' && isZlib(bytes)) return zlib.createInflate(options);
  // Of gzip only the raw data is left: its framing is read here.
  return zlib.createInflateRaw(options);
}
