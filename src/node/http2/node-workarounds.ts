/**
 * What Node's HTTP/2 does otherwise than it should, and how it is got around. Each says where it
 * was seen; none has ended yet. No other file replaces members of Node's objects.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { afterPendingInput } from '../timers/after-pending-input.ts';

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants;

/**
 * Resets a stream whose exchange is over for us, in a turn of its own, and calls back when that is
 * done: see `deferDestroy()`. Nothing ends its body from now on.
 *
 * Node's `close()` ends the body first (nodejs/node, `closeStream` in lib/internal/http2/core.js),
 * and Node 26 may send that as the END_STREAM of a whole one: `end` does nothing from here on.
 */
export function deferReset(nodeStream: ClientHttp2Stream, code: number, onReset: () => void): void {
  if (!nodeStream.writableEnded) nodeStream.end = notEnded;
  afterPendingInput(() => {
    nodeStream.close(code);
    onReset();
  });
}

function notEnded(this: ClientHttp2Stream): ClientHttp2Stream {
  return this;
}

/**
 * The code to reset a stream by: CANCEL is what is meant, but Node's servers (20 to 26) take a body
 * that was cut short by it for a whole one.
 */
export function resetCode(nodeStream: ClientHttp2Stream | undefined, uploads: boolean): number {
  const isCut = uploads && !nodeStream?.writableFinished;
  return isCut ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_CANCEL;
}

/** Told that END_STREAM has come. */
export interface EndListener {
  isComplete: boolean;
}

const endListener = Symbol('endListener');
type Watched = ClientHttp2Stream & { [endListener]: EndListener };

/**
 * Sets `isComplete` when END_STREAM has come.
 *
 * Node (20 to 26) ends a stream that was reset by CANCEL or NO_ERROR as it ends one whose
 * END_STREAM has come, and says the same of both afterwards (nodejs/node#56627). Only at this
 * moment they differ: a reset closes the stream before it ends it.
 */
export function watchEndStream(nodeStream: ClientHttp2Stream, listener: EndListener): void {
  Object.assign(nodeStream, { [endListener]: listener, push });
}

// One function for all streams, as closures for each would outlive a young collection.
function push(this: Watched, chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
  if (chunk === null && !this.closed) this[endListener].isComplete = true;
  return Readable.prototype.push.call(this, chunk, encoding);
}

/**
 * Whether a response without END_STREAM is whole. Where a connection's window is full, Node's
 * servers (20 to 26) reset a stream by NO_ERROR in the place of an END_STREAM that has to wait: its
 * length tells that all has come.
 */
export function isWholeByLength(
  nodeStream: ClientHttp2Stream | undefined,
  contentLength: string | undefined,
  received: number,
): boolean {
  return nodeStream?.rstCode === NGHTTP2_NO_ERROR && contentLength === String(received);
}

/**
 * MB that a session of Node's may hold. Node counts the bodies that are to be sent, and beyond its
 * default of 10 MB a client resets every answer that comes.
 */
export const maxSessionMemory = 2 ** 20;

/**
 * Origins that a session of Node's may be named by ORIGIN frames. Newer Node (22 to 26) ends the
 * session beyond its default of 128, older Node keeps them all: the connection counts for both.
 */
export const maxOriginSetSize = Infinity;

/**
 * Has a session of Node's destroyed in a turn of its own, whoever asks for it; `onDestroy` is told
 * at once.
 *
 * Node hands on what it has received from within nghttp2, and so runs what waits for it, promises
 * included. Who destroys a session there, as Node itself does after a GOAWAY and after a frame that
 * it refuses, has nghttp2 end the process by an assertion when a frame that breaks the protocol
 * stands behind in the same segment; who resets a stream there may have it loop without end (both
 * seen in Node 20).
 */
export function deferDestroy(nodeSession: ClientHttp2Session, onDestroy: () => void): void {
  const { destroy } = nodeSession;
  nodeSession.destroy = function (...given: Parameters<typeof destroy>) {
    onDestroy();
    afterPendingInput(() => destroy.apply(this, given));
  };
}

/**
 * Whether a ping does not go out although the socket would take it; `before`: what the socket had
 * sent before the ping.
 *
 * A frame that breaks the protocol ends a session within nghttp2. Where that is DATA before HEADERS
 * or on a stream that was never opened, or a frame that is too large, Node 20 tells nobody of it,
 * and neither reads nor writes any more. What a socket has still to write, only its handle knows.
 */
export function sendsNoMore(socket: TLSSocket, before: number): boolean {
  const handle: unknown = Reflect.get(socket, '_handle');
  const isIdle = Object(handle).writeQueueSize === 0;
  return isIdle && socket.bytesWritten === before;
}
