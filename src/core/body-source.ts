/** Where a response's bytes come from. One contract for a host's stream and for Node's own reader, so that reading is written once. */
import { NetworkError, ResponseTooLargeError, SessionClosedError, SessionError, TimeoutError } from '../errors.ts';
import type { CallContext, ProgressCallback, SentRequest } from '../types.ts';
import { Deadline } from './deadline.ts';
import type { Cancellable, CallScope } from './scope.ts';

/** A response body. Each way of reading may be taken once. */
export interface BodySource {
  /** Somebody has read from it, as `bodyUsed` says. */
  readonly used: boolean;
  /** Every byte has come. */
  readonly ended: boolean;
  /** Somebody holds a reader of its stream. */
  readonly locked: boolean;
  /** All bytes. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** All bytes as UTF-8 text without its byte order mark; at once where they are here. */
  text(): string | Promise<string>;
  /** The first `limit` bytes at most, which stay readable; `undefined` when there are more. */
  peek(limit: number): Promise<Uint8Array | undefined>;
  /** The stream behind `response.body`, always the same. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Two sources of the same bytes; this one is spent. */
  tee(): [BodySource, BodySource];
  /** It was handed over and is not read yet: until then it keeps no process alive. */
  rest?(): void;
  /** Nobody will read it: take what little is left off the wire, or drop the connection. */
  discard(): void;
  /** Its response or its stream was collected: discards it, unless somebody has the other or reads it whole. */
  forsake(): void;
}

// What nobody holds any more, nobody will read: its connection and its place in the session are freed.
// (workerd has no such registry before its compatibility date 2025-05-05.)
const holders = globalThis.FinalizationRegistry && new FinalizationRegistry<BodySource>((source) => source.forsake());

/** Tells the source when `holder`, by which it can be read, is collected. The source itself must not hold it. */
export function heldBy(holder: object, source: BodySource): void {
  holders?.register(holder, source);
}

/** What holds while a body is read. */
export interface BodyRules {
  /** ms without a byte while somebody reads; 0 for none. */
  readonly timeout: number;
  /** Decoded bytes. */
  readonly limit: number | undefined;
  readonly progress: ProgressCallback | undefined;
  /** `content-length`, 0 when unknown. */
  readonly total: number;
  readonly scope: CallScope;
  readonly request: SentRequest;
  readonly context: CallContext;
}

/** The body of a host's `Response`, with our timeout, limit, progress and cancellation around its stream. */
export class StreamBody implements BodySource, Cancellable {
  used = false;
  readonly #rules: BodyRules;
  readonly #host: ReadableStream<Uint8Array>;
  /** Ends the request below, when there is one. */
  readonly #abort: ((reason: unknown) => void) | undefined;
  readonly #deadline = new Deadline(this);
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #stream: WeakRef<ReadableStream<Uint8Array<ArrayBuffer>>> | undefined;
  #whole = false;
  #kept: Uint8Array<ArrayBuffer>[] = [];
  #size = 0;
  ended = false;
  #failure: { reason: unknown } | undefined;
  #rejectRead: ((reason: unknown) => void) | undefined;

  constructor(host: ReadableStream<Uint8Array>, rules: BodyRules, abort?: (reason: unknown) => void) {
    this.#host = host;
    this.#rules = rules;
    this.#abort = abort;
    rules.scope.attach(this);
  }

  get locked(): boolean {
    return this.#stream?.deref()?.locked ?? false;
  }

  cancel(reason: unknown): void {
    this.#fail(reason);
  }

  expire(): void {
    this.#fail(new TimeoutError('body', this.#rules.timeout, detailsOf(this.#rules)));
  }

  #fail(reason: unknown): void {
    if (this.ended || this.#failure) return;
    this.#failure = { reason };
    this.#rules.scope.detach(this);
    this.#abort?.(reason);
    this.#rejectRead?.(reason);
    (this.#reader ?? this.#host).cancel(reason).catch(() => {});
  }

  /** The next chunk, `undefined` at the end. */
  async #next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#failure) throw this.#failure.reason;
    if (this.ended) return undefined;
    const { timeout, limit, progress, total, scope } = this.#rules;
    this.#reader ??= this.#host.getReader();
    try {
      const result = await new Promise<ReadableStreamReadResult<Uint8Array>>((resolve, reject) => {
        this.#rejectRead = reject;
        if (timeout) this.#deadline.arm(timeout);
        (this.#reader as ReadableStreamDefaultReader<Uint8Array>).read().then(resolve, (error: unknown) => reject(this.#broken(error)));
      });
      if (result.done) {
        this.ended = true;
        scope.detach(this);
        return undefined;
      }
      const chunk = result.value as Uint8Array<ArrayBuffer>;
      this.#size += chunk.length;
      if (limit !== undefined && this.#size > limit) throw new ResponseTooLargeError(limit, detailsOf(this.#rules));
      progress?.({ percent: total ? Math.min(this.#size / total, 1) : 0, transferredBytes: this.#size, totalBytes: total }, chunk);
      return chunk;
    } catch (error) {
      const reason = (this.#failure as { reason: unknown } | undefined)?.reason ?? error;
      this.#fail(reason);
      throw reason;
    } finally {
      this.#deadline.disarm();
      this.#rejectRead = undefined;
    }
  }

  /** A host says as it likes that a connection was lost: by a TypeError, as Fetch wants, or by a plain Error, as workerd does. What the stream of a middleware throws is its own. */
  #broken(error: unknown): unknown {
    return SessionError.is(error) || !(this.#abort || error instanceof TypeError) ? error : new NetworkError('The response body broke off', { ...detailsOf(this.#rules), cause: error });
  }

  /** Takes what was kept, then the rest. */
  async #pull(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#kept.shift() ?? this.#next();
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    this.used = this.#whole = true;
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let chunk; (chunk = await this.#pull());) chunks.push(chunk);
    return concat(chunks);
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async peek(limit: number): Promise<Uint8Array | undefined> {
    let size = 0;
    for (let chunk; size <= limit && (chunk = await this.#next());) {
      this.#kept.push(chunk);
      size += chunk.length;
    }
    return size > limit ? undefined : concat(this.#kept);
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let stream = this.#stream?.deref();
    if (!stream) {
      stream = streamOf(() => {
        this.used = true;
        return this.#pull();
      }, (reason) => {
        this.used = true;
        this.#fail(reason);
      }, this);
      this.#stream = new WeakRef(stream);
    }
    return stream;
  }

  tee(): [BodySource, BodySource] {
    const rules = { ...this.#rules, timeout: 0, limit: undefined, progress: undefined };
    const [one, two] = this.stream().tee();
    this.used = true;
    return [new StreamBody(one, rules), new StreamBody(two, rules)];
  }

  discard(): void {
    this.#fail(new SessionClosedError('The body was discarded'));
  }

  forsake(): void {
    if (!this.#whole && !this.#stream?.deref()) this.discard();
  }
}

/** What an error tells of the call. */
export function detailsOf({ request, context }: BodyRules): { request: SentRequest; context: CallContext } {
  return { request, context };
}

/** A default stream that reads only on demand: a byte stream would take the chunks' buffers away. */
export function streamOf(pull: () => Uint8Array<ArrayBuffer> | undefined | Promise<Uint8Array<ArrayBuffer> | undefined>, cancel: (reason: unknown) => void, source?: BodySource): ReadableStream<Uint8Array<ArrayBuffer>> {
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const give = (chunk: Uint8Array<ArrayBuffer> | undefined): void => (chunk ? controller.enqueue(chunk) : controller.close());
      const next = pull();
      // What is here already is given without another turn.
      return next instanceof Promise ? next.then(give) : give(next);
    },
    cancel,
  }, { highWaterMark: 0 });
  if (source) heldBy(stream, source);
  return stream;
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
