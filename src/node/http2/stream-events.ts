/** What Node's stream of HTTP/2 tells. */
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { ResponseHeaders } from '../response/undici-response.ts';
import { type EndListener, watchEndStream } from './node-workarounds.ts';

/** Who is told. */
export interface StreamListener extends EndListener {
  /** Those of an interim response, too; `raw`: as they came. */
  onHeaders(headers: ResponseHeaders, raw: string[]): void;
  onTrailers(raw: string[]): void;
  onData(chunk: Uint8Array): void;
  onError(error: Error): void;
  /** Nothing more comes. */
  onEnd(): void;
  onClose(): void;
}

const listener = Symbol('listener');
type Heard = ClientHttp2Stream & { [listener]: StreamListener };

/** Tells of all but data, which then would flow at once. */
export function listen(nodeStream: ClientHttp2Stream, target: StreamListener): void {
  Object.assign(nodeStream, { [listener]: target });
  watchEndStream(nodeStream, target);
  nodeStream
    .on('response', onHeaders)
    .on('headers', onHeaders)
    .on('trailers', onTrailers)
    .on('error', onError)
    .on('end', onEnd)
    .on('close', onClose);
}

/** Tells of data from now on. */
export function listenToData(nodeStream: ClientHttp2Stream): void {
  nodeStream.on('data', onData);
}

// One function for all streams, as closures for each would outlive a young collection. That the
// third argument has the headers as they came, Node's types do not know.

function onHeaders(this: Heard, headers: IncomingHttpHeaders, ...[, raw]: unknown[]): void {
  this[listener].onHeaders(headers, raw as string[]);
}

function onTrailers(this: Heard, ...[, , raw]: unknown[]): void {
  this[listener].onTrailers(raw as string[]);
}

function onData(this: Heard, chunk: Uint8Array): void {
  this[listener].onData(chunk);
}

function onError(this: Heard, error: Error): void {
  this[listener].onError(error);
}

function onEnd(this: Heard): void {
  this[listener].onEnd();
}

function onClose(this: Heard): void {
  this[listener].onClose();
}
