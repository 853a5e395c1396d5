/** The reader's side of a body that is collected as it comes. */
import type { Cancellation } from '../../cancellation/cancellation.ts';
import { tellWaiters } from '../../errors/session-error.ts';
import { type Bytes, concat, streamOf } from '../../request/streams.ts';
import {
  type BodyRules,
  type BodySource,
  notifyWhenCollected,
} from '../../response/body/body-source.ts';
import { teeOf } from '../../response/body/stream-body.ts';
import { split } from './chunk-queues.ts';

/** How far a reader of the stream is served ahead. */
export const readAhead = 1024 * 1024;

/** No chunks; never pushed to. */
export const noChunks: Uint8Array[] = [];

/** What comes is in `chunks`; who has it come is a subclass. */
export abstract class BodyReader implements BodySource {
  used = false;
  /** Every byte has come, and what was read of it is right. */
  ended = false;
  protected chunks = noChunks;
  /** Bytes in `chunks`. */
  protected buffered = 0;
  /** Somebody reads all of it. */
  protected wantsAll = false;
  /** Why it broke off. */
  failure: { readonly reason: unknown } | undefined;
  /** Tells who waits for the next chunk, or with `wantsAll` for the end, that there is one. */
  protected waiter: (() => void) | undefined;
  #stream: WeakRef<ReadableStream<Bytes>> | undefined;

  abstract cancel(reason: unknown): void;
  abstract discard(): void;
  /** Somebody begins to read what has not all come. */
  protected abstract onRead(): void;
  /** Somebody waits. */
  protected abstract onWait(): void;
  /** A chunk was taken. */
  protected abstract onTaken(): void;
  /** Readers reject from now on. */
  protected abstract fail(reason: unknown): void;
  /** What it ends with. */
  protected abstract cancellation: Cancellation;
  /** That may be in the turn in which it is read. */
  protected abstract followsSignal: boolean;
  /** So much is collected that nothing more comes before some of it is taken. */
  protected abstract get isFull(): boolean;
  /** What holds for those that read on from this one. */
  protected abstract get restRules(): BodyRules;

  get locked(): boolean {
    return this.#stream?.deref()?.locked ?? false;
  }

  onCollected(): void {
    if (!this.wantsAll && !this.#stream?.deref()) this.discard();
  }

  #begin(): void {
    if (!this.used && !this.ended) this.onRead();
    this.used = true;
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.waiter = resolve;
      this.onWait();
    });
  }

  #take(): Bytes | undefined {
    const chunk = this.chunks.shift();
    if (!chunk) return undefined;
    this.buffered -= chunk.length;
    this.onTaken();
    const { buffer, byteLength } = chunk;
    // One that lies among others, headers or what a decoder writes next is copied: whoever
    // transfers it must not take them along.
    return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength
      ? new Uint8Array(buffer)
      : new Uint8Array(chunk);
  }

  async #next(): Promise<Bytes | undefined> {
    while (!this.failure && this.chunks.length === 0 && !this.ended) await this.#wait();
    this.#catchUp();
    if (this.failure) throw this.failure.reason;
    return this.#take();
  }

  #takeAll(): Uint8Array[] {
    const { chunks } = this;
    this.chunks = noChunks;
    return chunks;
  }

  /** A body that is here hangs on no call: finds out whether its call has ended since. */
  #catchUp(): void {
    if (!this.ended || this.chunks.length === 0) return;
    const { cancellation } = this;
    cancellation.catchUp();
    if (cancellation.aborted) this.failLate(cancellation.reason);
  }

  /** The last byte has come, but was not read. */
  protected failLate(reason: unknown): void {
    this.ended = false;
    this.fail(reason);
  }

  async #all(): Promise<Uint8Array[]> {
    this.#begin();
    this.wantsAll = true;
    // What ends the call in this turn still counts.
    if (this.ended) await Promise.resolve();
    for (;;) {
      this.#catchUp();
      if (this.ended) return this.#takeAll();
      if (this.failure) throw tellWaiters(this.failure.reason);
      await this.#wait();
    }
  }

  async bytes(): Promise<Bytes> {
    return concat(await this.#all());
  }

  text(): string | Promise<string> {
    this.#catchUp();
    if (!this.ended || this.followsSignal) return this.#all().then(decode);
    this.used = true;
    return decode(this.#takeAll());
  }

  async peek(limit: number): Promise<Uint8Array | undefined> {
    if (!this.ended) this.onRead();
    while (!this.ended && this.buffered <= limit) {
      if (this.failure) throw this.failure.reason;
      if (this.isFull) break;
      await this.#wait();
    }
    return this.ended && this.buffered <= limit ? concat(this.chunks) : undefined;
  }

  stream(): ReadableStream<Bytes> {
    let stream = this.#stream?.deref();
    if (!stream) {
      stream = streamOf(
        () => {
          this.#begin();
          // At once where it is here.
          this.#catchUp();
          return this.chunks.length > 0 && !this.failure ? this.#take() : this.#next();
        },
        (reason) => {
          this.used = true;
          this.cancel(reason);
        },
      );
      notifyWhenCollected(stream, this);
      this.#stream = new WeakRef(stream);
    }
    return stream;
  }

  tee(): [BodySource, BodySource] {
    return teeOf(split(this.stream()), this.restRules);
  }
}

/** UTF-8 without its byte order mark. */
function decode(chunks: readonly Uint8Array[]): string {
  const [first] = chunks;
  const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks);
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  // What undici gives is a Buffer; what a decoder gives may be any bytes.
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return hasMark ? buffer.toString('utf8', 3) : buffer.toString();
}
