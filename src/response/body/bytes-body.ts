import { ResponseTooLargeError } from '../../errors/response-too-large-error.ts';
import { type Bytes, streamOf } from '../../request/streams.ts';
import { type BodyRules, type BodySource, report, toldOnce } from './body-source.ts';

/** What holds of a body that is here: nothing of it has to be waited for. */
export type BytesRules = Pick<
  BodyRules,
  'limit' | 'progress' | 'cancellation' | 'request' | 'context'
>;

const decoder = new TextDecoder();

/** A body whose bytes are in memory, and stay as they are. */
export class BytesBody implements BodySource {
  used = false;
  readonly ended = true;
  readonly #bytes: Uint8Array;
  readonly #rules: BytesRules;
  #stream: ReadableStream<Bytes> | undefined;

  constructor(bytes: Uint8Array, rules: BytesRules) {
    this.#bytes = bytes;
    this.#rules = rules;
  }

  get locked(): boolean {
    return this.#stream?.locked ?? false;
  }

  /** By the rules of its call, which may have ended since. */
  #take(): Uint8Array {
    this.used = true;
    const { cancellation, limit = Infinity, progress } = this.#rules;
    cancellation.catchUp();
    if (cancellation.aborted) throw cancellation.reason;
    const { length } = this.#bytes;
    if (length > limit) throw new ResponseTooLargeError(limit, this.#rules);
    report(progress, length, length, this.#bytes);
    return this.#bytes;
  }

  async bytes(): Promise<Bytes> {
    return new Uint8Array(this.#take());
  }

  text(): string {
    return decoder.decode(this.#take());
  }

  async peek(limit: number): Promise<Uint8Array | undefined> {
    return this.#bytes.length > limit ? undefined : this.#bytes.slice();
  }

  stream(): ReadableStream<Bytes> {
    let isRead = false;
    return (this.#stream ??= streamOf(
      () => {
        if (isRead) return undefined;
        isRead = true;
        return new Uint8Array(this.#take());
      },
      () => {
        this.used = true;
      },
    ));
  }

  tee(): [BodySource, BodySource] {
    this.used = true;
    const { progress } = this.#rules;
    const rules = { ...this.#rules, progress: progress && toldOnce(progress) };
    return [new BytesBody(this.#bytes, rules), new BytesBody(this.#bytes, rules)];
  }

  /** It holds nothing but memory. */
  discard(): void {}
  onCollected(): void {}
}
