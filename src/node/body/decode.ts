import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { DecodeError } from '../../errors/decode-error.ts';
import { GzipFrames } from './gzip-frames.ts';

type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';
type Inflater = Transform & { readonly bytesWritten: number };
type InflateSync = typeof zlib.inflateSync;

// Not in Node 20, so not in its types.
const { createZstdDecompress, zstdDecompressSync } = zlib as {
  createZstdDecompress?: (options: object) => Inflater;
  zstdDecompressSync?: (
    bytes: Uint8Array,
    options: object,
  ) => { buffer: Uint8Array; engine: { bytesWritten: number } };
};
/** `ZSTD_d_windowLogMax` 23: 8 MiB, more need not be accepted (RFC 9659). */
const zstdParameters = { params: { 100: 23 } };

/** Node 20 has no zstd, and that of Node 22 takes a cut body for a whole one. */
const hasZstd = ((): boolean => {
  try {
    zstdDecompressSync?.(Uint8Array.of(0x28), {});
    return false;
  } catch {
    return true;
  }
})();

/** What the runtime can decode, as `accept-encoding` says it. */
export const acceptEncoding: string = hasZstd ? 'gzip, deflate, br, zstd' : 'gzip, deflate, br';

const maxCodings = 5;
const chunkSize = 64 * 1024;
/** Undecoded bytes that are held before the sender is asked to wait. */
const highWaterMark = 128 * 1024;

/** Gets the decoded body. After `end` or `error` nothing more comes. */
export interface DecoderSink {
  data(chunk: Uint8Array): void;
  end(): void;
  error(error: Error): void;
}

/** Decodes one body, off the main thread. */
export interface Decoder {
  /**
   * Feeds bytes off the wire, which must not change until they are decoded; false: wait for the
   * drain callback before more.
   */
  write(chunk: Uint8Array): boolean;
  /** No more bytes come: what is missing is an error. */
  end(): void;
  /** Holds the sink's data; at most one further chunk is delivered. */
  pause(): void;
  resume(): void;
  /** Frees everything at once; the sink is not called again. */
  destroy(): void;
}

/**
 * The decoder of a `content-encoding`; `undefined` when there is nothing to decode: absent,
 * identity, or a coding that is not known, whose body is left as it is. A body of 0 bytes decodes
 * to nothing. Data behind the end of the compressed data is ignored, as browsers do (not with
 * zstd).
 *
 * @throws DecodeError for more than 5 codings.
 */
export function createDecoder(
  contentEncoding: string | undefined,
  sink: DecoderSink,
  onDrain: () => void,
): Decoder | undefined {
  const codings = codingsOf(contentEncoding);
  if (!codings.length) return undefined;
  if (codings.length === 1) return new Stage(codings[0]!, sink, onDrain);
  // The last coding was applied last: it is the first to be undone. Each stage holds its source
  // when it is full.
  const stages: Stage[] = [];
  const destroy = (): void => stages.forEach((stage) => stage.destroy());
  codings.forEach((coding, i) => {
    const target = stages[i - 1];
    stages.push(
      new Stage(
        coding,
        {
          data: (chunk) => (target ? target.write(chunk) || stages[i]!.pause() : sink.data(chunk)),
          end: () => (target ?? sink).end(),
          error: (error) => {
            destroy();
            sink.error(error);
          },
        },
        () => (stages[i + 1] ? stages[i + 1]!.resume() : onDrain()),
      ),
    );
  });
  const [last, first] = [stages[0]!, stages.at(-1)!];
  return {
    write: (chunk) => first.write(chunk),
    end: () => first.end(),
    pause: () => last.pause(),
    resume: () => last.resume(),
    destroy,
  };
}

/**
 * Decodes a complete small body at once, on this thread: a seventh of the stream's cost for 1 kB.
 * `undefined`: nothing to decode, more than `maxOutput` bytes, or not a plain well-formed body;
 * then {@link createDecoder} knows what to do.
 *
 * @throws DecodeError for more than 5 codings.
 */
export function decodeSync(
  contentEncoding: string | undefined,
  bytes: Uint8Array,
  maxOutput: number,
): Uint8Array | undefined {
  const codings = codingsOf(contentEncoding);
  if (!codings.length || maxOutput < 1) return undefined;
  let output = bytes;
  try {
    for (const coding of codings.reverse())
      if (output.length) output = decodeOnce(coding, output, maxOutput);
    return output;
  } catch {
    return undefined;
  }
}

function decodeOnce(coding: Coding, bytes: Uint8Array, maxOutputLength: number): Uint8Array {
  // Most bodies fit into one buffer of this size, and it does not keep much more alive than it
  // holds.
  const options = {
    maxOutputLength,
    chunkSize: Math.min(Math.max(bytes.length * 4, 1024), chunkSize),
  };
  if (coding === 'zstd') {
    const { buffer, engine } = zstdDecompressSync!(bytes, {
      ...options,
      ...zstdParameters,
      info: true,
    });
    // Node stops after the first frame.
    if (engine.bytesWritten < bytes.length) throw new DecodeError('More than one frame');
    return buffer;
  }
  const decode: InflateSync =
    coding === 'gzip'
      ? zlib.gunzipSync
      : coding === 'br'
        ? zlib.brotliDecompressSync
        : isZlib(bytes)
          ? zlib.inflateSync
          : zlib.inflateRawSync;
  return decode(bytes, options);
}

function codingsOf(contentEncoding: string | undefined): Coding[] {
  const names = (contentEncoding ?? '')
    .toLowerCase()
    .split(',', 1000)
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.length > maxCodings)
    throw new DecodeError(`The response has more than ${maxCodings} content codings`);
  const codings = names
    .filter((name) => name !== 'identity')
    .map((name) => (name === 'x-gzip' ? 'gzip' : name));
  return codings.every(isKnown) ? codings : [];
}

function isKnown(name: string): name is Coding {
  return name === 'gzip' || name === 'deflate' || name === 'br' || (name === 'zstd' && hasZstd);
}

/**
 * Whether `deflate` has its zlib wrapper (RFC 1950 §2.2: method 8), as it should, or is raw, as
 * some servers send it.
 */
function isZlib(bytes: Uint8Array): boolean {
  return (bytes[0]! & 0x0f) === 8;
}

function createInflater(coding: Coding, bytes: Uint8Array): Inflater {
  if (coding === 'zstd') return createZstdDecompress!({ chunkSize, ...zstdParameters });
  if (coding === 'br') return zlib.createBrotliDecompress({ chunkSize });
  return coding === 'deflate' && isZlib(bytes)
    ? zlib.createInflate({ chunkSize })
    : zlib.createInflateRaw({ chunkSize });
}

/**
 * Undoes one coding. One chunk at a time is given to zlib, so that it is known where the compressed
 * data ended.
 */
class Stage implements Decoder {
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
    this.#queue.push(chunk);
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
      if (this.#over) [this.#queue, this.#queued] = [[], 0];
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
    if (!data.length || this.#over) return;
    const inflater = (this.#inflater ??= this.#open(data));
    this.#busy = true;
    this.#current = data;
    this.#usedBefore = inflater.bytesWritten;
    inflater.write(data, () => {
      // Unused bytes mean that the compressed data has ended: #endData takes them back.
      if (this.#inflater !== inflater || this.#unused().length) return;
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

  #unused(): Uint8Array {
    return this.#current!.subarray(this.#inflater!.bytesWritten - this.#usedBefore);
  }

  #endData(inflater: Inflater): void {
    if (this.#closed) return;
    if (this.#current) {
      const unused = this.#unused();
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
    } else if (this.#frames && this.#frames.state !== 'between' && this.#frames.state !== 'over') {
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
