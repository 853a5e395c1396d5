/**
 * Where a response's bytes come from. One contract for a host's stream and for Node's own reader,
 * so that reading is written once.
 */
import type { CallContext } from '../../types/context.ts';
import type { ProgressCallback } from '../../types/progress.ts';
import type { Sent } from '../../request/sent-request.ts';
import type { Cancellation } from '../../cancellation/cancellation.ts';
import type { ClockClass } from '../../cancellation/deadline.ts';
import type { Bytes, Queueing } from '../../request/streams.ts';

export type HostReader = Pick<ReadableStreamDefaultReader<Bytes>, 'read' | 'cancel'>;

/** What is read of a host's stream: a host without streams has as much. */
export interface HostBody {
  readonly locked: boolean;
  getReader(): HostReader;
  cancel(reason: unknown): Promise<void>;
}

/** Opens a reader. `total`: the bytes that are to come, 0 when unknown. */
export type OpenBody = (body: HostBody, total: number) => HostReader;

/** A response body. Each way of reading may be taken once. */
export interface BodySource {
  /** Somebody has read from it or is about to, as `bodyUsed` says. */
  used: boolean;
  /** Nothing more will come. */
  readonly ended: boolean;
  /** Somebody holds a reader of its stream. */
  readonly locked: boolean;
  /** All bytes. */
  bytes(): Promise<Bytes>;
  /** All bytes as UTF-8 text without its byte order mark; at once where they are here. */
  text(): string | Promise<string>;
  /** The first `limit` bytes at most, which stay readable; `undefined` when there are more. */
  peek(limit: number): Promise<Uint8Array | undefined>;
  /** The stream behind `response.body`, always the same. */
  stream(): ReadableStream<Bytes>;
  /**
   * Two sources of the same bytes, in the place of this one, which counts as used. `cloned`: the
   * bodies that a host has made of its own.
   */
  tee(cloned?: [HostBody, HostBody]): [BodySource, BodySource];
  /** It was handed over and is not read yet: until then it keeps no process alive. */
  unref?(): void;
  /** Nobody will read it: take what little is left off the wire, or drop the connection. */
  discard(): void;
  /**
   * Its response or its stream was collected: discards it, unless somebody has the other or reads
   * it whole.
   */
  onCollected(): void;
}

// What nobody holds any more, nobody will read: its connection and its place in the session are
// freed. (workerd has neither such a registry nor WeakRef before its compatibility date
// 2025-05-05.)
const holders =
  globalThis.FinalizationRegistry &&
  new FinalizationRegistry<BodySource>((source) => source.onCollected());

/**
 * Tells the source when `holder`, by which it can be read, is collected. The source itself must not
 * hold it.
 */
export function notifyWhenCollected(holder: object, source: BodySource): void {
  holders?.register(holder, source);
}

/** Of several readers of the same bytes only the one ahead tells of them. */
export function toldOnce(progress: ProgressCallback): ProgressCallback {
  let told = -1;
  return (state, chunk) => {
    // Both only grow, and the last event comes without a byte.
    const at = state.transferredBytes + state.percent;
    if (at <= told) return;
    told = at;
    progress(state, chunk);
  };
}

/** What holds while a body is read. */
export interface BodyRules {
  /** ms without a byte while somebody reads; 0 for none. */
  readonly timeout: number;
  /** Decoded bytes. */
  readonly limit?: number | undefined;
  readonly progress?: ProgressCallback | undefined;
  /** `content-length`, 0 when unknown. */
  readonly total: number;
  readonly cancellation: Cancellation;
  readonly request: Sent;
  /** By `session.fetch`: what breaks it off is a TypeError. */
  readonly asFetch?: boolean | undefined;
  readonly context: CallContext;
  /** What keeps `timeout`. */
  readonly Deadline?: ClockClass | undefined;
  /** By the host's default reader, unless it is told. */
  readonly openBody?: OpenBody | undefined;
  /** The host's own, unless it is told. */
  readonly queueing?: Queueing | undefined;
}

/**
 * Tells of a chunk, up to whose end so many bytes were transferred. `totalBytes`: 0 when unknown.
 */
export function report(
  progress: ProgressCallback | undefined,
  transferredBytes: number,
  totalBytes: number,
  chunk: Uint8Array,
): void {
  progress?.(
    {
      percent: totalBytes && Math.min(transferredBytes / totalBytes, 1),
      transferredBytes,
      totalBytes,
    },
    // The same bytes are still to be sent or read.
    chunk.slice(),
  );
}

/** Tells of the end, unless the last chunk has. */
export function reportEnd(
  progress: ProgressCallback | undefined,
  transferredBytes: number,
  totalBytes: number,
): void {
  if (!totalBytes || transferredBytes < totalBytes)
    report(progress, transferredBytes, transferredBytes, new Uint8Array());
}
