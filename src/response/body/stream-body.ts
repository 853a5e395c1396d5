import type { Cancellable } from '../../cancellation/cancellation.ts';
import { type Clock, Deadline } from '../../cancellation/deadline.ts';
import { NetworkError } from '../../errors/network-error.ts';
import { ResponseTooLargeError } from '../../errors/response-too-large-error.ts';
import { SessionClosedError } from '../../errors/session-closed-error.ts';
import { SessionError, tellWaiters } from '../../errors/session-error.ts';
import { TimeoutError } from '../../errors/timeout-error.ts';
import {
  type Bytes,
  concat,
  hostQueueing,
  type Queueing,
  streamOf,
} from '../../request/streams.ts';
import {
  type HostReader,
  type BodyRules,
  type BodySource,
  type HostBody,
  notifyWhenCollected,
  report,
  reportEnd,
  toldOnce,
} from './body-source.ts';

/** Made when it is needed: some hosts have none. */
let decoder: TextDecoder | undefined;

/**
 * The body of a host's `Response`, with our timeout, limit, progress and cancellation around its
 * stream.
 */
export class StreamBody implements BodySource, Cancellable {
  used = false;
  ended = false;
  readonly #rules: BodyRules;
  readonly #host: HostBody;
  /** Ends the request below, when there is one. */
  readonly #abort: ((reason: unknown) => void) | undefined;
  #deadline: Clock | undefined;
  #reader: HostReader | undefined;
  #stream: Pick<WeakRef<ReadableStream<Bytes>>, 'deref'> | undefined;
  /** Somebody reads all of it. */
  #readsAll = false;
  /** What was peeked at, and is still to be read. */
  #kept: Bytes[] = [];
  #size = 0;
  #failure: { reason: unknown } | undefined;

  constructor(host: HostBody, rules: BodyRules, abort?: (reason: unknown) => void) {
    this.#host = host;
    this.#rules = rules;
    this.#abort = abort;
    rules.cancellation.attach(this);
  }

  get #queueing(): Queueing {
    return this.#rules.queueing ?? hostQueueing;
  }

  get locked(): boolean {
    return this.#readElsewhere || !!this.#stream?.deref()?.locked;
  }

  /** The host itself reads it: of what it is handed, it takes the insides. */
  get #readElsewhere(): boolean {
    return !this.#reader && this.#host.locked;
  }

  cancel(reason: unknown): void {
    if (this.ended) return;
    this.#failure = { reason };
    this.#end();
    // A read under way ends with it (Streams standard, ReadableStreamCancel). First, for Node 20
    // takes the abort of a body of which one clone is left for a rejection that nobody handles.
    (this.#reader ?? this.#host).cancel(reason).catch(() => {});
    this.#abort?.(reason);
  }

  expire(): void {
    this.cancel(new TimeoutError('body', this.#rules.timeout, this.#rules));
  }

  discard(): void {
    this.cancel(new SessionClosedError('The body was discarded', this.#rules));
  }

  #end(): void {
    this.ended = true;
    this.#rules.cancellation.detach(this);
  }

  #open(): HostReader {
    const { openBody, total } = this.#rules;
    return (this.#reader ??= openBody ? openBody(this.#host, total) : this.#host.getReader());
  }

  #armDeadline(timeout: number): void {
    const { Deadline: PlatformDeadline = Deadline } = this.#rules;
    this.#deadline ??= new PlatformDeadline(this);
    this.#deadline.arm(timeout);
  }

  /** Throws if the call has ended since the bytes came that are still to be read. */
  #catchUp(): void {
    const { cancellation } = this.#rules;
    cancellation.catchUp();
    if (this.#kept.length && cancellation.aborted) throw cancellation.reason;
  }

  /**
   * A host says as it likes that a connection was lost: by a TypeError, as Fetch wants, or by a
   * plain Error, as workerd does. What the stream of a middleware throws is its own.
   */
  #broken(error: unknown): unknown {
    const { context } = this.#rules;
    if (SessionError.is(error) && error.context && error.context !== context) {
      // Of the call that a middleware has the response from, this one is told nothing.
      return new NetworkError(`The response body broke off: ${error.code}`, this.#rules);
    }
    return SessionError.is(error) ||
      this.#rules.asFetch ||
      !(this.#abort || error instanceof TypeError)
      ? error
      : new NetworkError('The response body broke off', {
          ...this.#rules,
          cause: this.#rules.request.asCause(error),
        });
  }

  async bytes(): Promise<Bytes> {
    return concat(await this.#readAll());
  }

  text(): Promise<string> {
    return this.#readAll().then(decode);
  }

  async #readAll(): Promise<Bytes[]> {
    this.used = this.#readsAll = true;
    try {
      await this.#readUpTo(Infinity);
      this.#catchUp();
    } catch (error) {
      throw tellWaiters(error);
    }
    const all = this.#kept;
    this.#kept = [];
    return all;
  }

  /** The next chunk, `undefined` at the end. */
  async #next(): Promise<Bytes | undefined> {
    await this.#readUpTo(this.#size);
    return this.#kept.shift();
  }

  async peek(limit: number): Promise<Bytes | undefined> {
    await this.#readUpTo(limit);
    return this.#size > limit ? undefined : concat(this.#kept);
  }

  /**
   * Reads on until there is more than the limit, or no more. One function for all chunks, since
   * each that is asynchronous costs as much as a chunk.
   */
  async #readUpTo(limit: number): Promise<void> {
    const { timeout } = this.#rules;
    while (this.#size <= limit && !this.ended) {
      let isReading = false;
      this.#catchUp();
      try {
        const reader = this.#open();
        if (timeout) this.#armDeadline(timeout);
        isReading = true;
        const { value } = await reader.read();
        isReading = false;
        this.#take(value);
      } catch (error) {
        this.cancel(isReading ? this.#broken(error) : error);
      }
      this.#deadline?.disarm();
    }
    if (this.#failure) throw this.#failure.reason;
  }

  /** Keeps a chunk; without one it is the end. */
  #take(chunk: Bytes | undefined): void {
    const { limit = Infinity, progress, total } = this.#rules;
    if (!chunk) {
      reportEnd(progress, this.#size, total);
      this.#end();
      return;
    }
    this.#size += chunk.length;
    if (this.#size > limit) throw new ResponseTooLargeError(limit, this.#rules);
    // An empty one is told at the end alone.
    if (chunk.length > 0) report(progress, this.#size, total, chunk);
    this.#queueing.append(this.#kept, chunk);
  }

  stream(): ReadableStream<Bytes> {
    let stream = this.#stream?.deref();
    if (!stream) {
      stream = streamOf(
        () => {
          this.used = true;
          this.#catchUp();
          return this.#kept.shift() ?? this.#next();
        },
        (reason) => {
          this.used = true;
          this.cancel(reason);
        },
      );
      notifyWhenCollected(stream, this);
      this.#stream = weakly(stream);
    }
    return stream;
  }

  tee(cloned?: [HostBody, HostBody]): [BodySource, BodySource] {
    // A host that clones by the members of a response has split this very stream.
    if (cloned && this.#stream?.deref()?.locked) return teeOf(cloned, this.#rules);
    if (cloned) return this.#branches(cloned);
    // A host that has no stream gives its bytes as often as they are wanted.
    if (!('tee' in this.#host)) return this.#branches([this.#host, this.#host]);
    // A host cancels the body of a response that is collected, unless somebody holds its reader.
    this.#open();
    return teeOf(this.#queueing.split(this.stream()), this.#rules);
  }

  #branches([one, two]: [HostBody, HostBody]): [BodySource, BodySource] {
    const { progress } = this.#rules;
    const rules = { ...this.#rules, progress: progress && toldOnce(progress) };
    let open = 2;
    const abort = this.#abort && ((reason: unknown) => void (--open || this.#abort?.(reason)));
    const branches: [BodySource, BodySource] = [
      new StreamBody(one, rules, abort),
      new StreamBody(two, rules, abort),
    ];
    // As a clone leaves a stream that somebody has already.
    this.#stream?.deref()?.getReader();
    this.#end();
    return branches;
  }

  onCollected(): void {
    if (this.#readsAll || this.#stream?.deref()) return;
    if (this.#readElsewhere) this.#end();
    else this.discard();
  }
}

/**
 * Two sources of a stream's bytes. The source behind the stream keeps its rules, and has counted
 * and told what comes out of it.
 */
export function teeOf(
  [one, two]: [HostBody, HostBody],
  { cancellation, request, context, queueing }: BodyRules,
): [BodySource, BodySource] {
  const rules = { timeout: 0, total: 0, cancellation, request, context, queueing };
  return [new StreamBody(one, rules), new StreamBody(two, rules)];
}

/** Most bodies are one chunk. */
function decode(chunks: readonly Bytes[]): string {
  const [first] = chunks;
  return (decoder ??= new TextDecoder()).decode(
    first && chunks.length === 1 ? first : concat(chunks),
  );
}

/** A reference that does not hold it, where the host has such a thing. */
function weakly<T extends WeakKey>(value: T): Pick<WeakRef<T>, 'deref'> {
  return globalThis.WeakRef ? new WeakRef(value) : { deref: () => value };
}
