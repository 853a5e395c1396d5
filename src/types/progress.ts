import type { InterimResponse } from './response.ts';

/** Progress of a transfer, in ky's shape. */
export interface Progress {
  /** From 0 to 1; 0 while the length is unknown, and 1 at the end of a response. */
  percent: number;
  /** Bytes so far: of a response after decoding. */
  transferredBytes: number;
  /** Bytes in all; 0 while the length is unknown, as that of a compressed response is: at its end
   * what came. */
  totalBytes: number;
}

/**
 * Called with the state after each chunk, and at the end of a response of unknown length once
 * more, with an empty one. Of an upload in a browser the chunk is empty. What it throws ends the
 * transfer.
 *
 * @example
 * ```ts
 * const show: ProgressCallback = ({ percent }) => console.log(`${Math.round(percent * 100)} %`);
 * await session.put('file', { body: new Blob(['…']), onUploadProgress: show });
 * ```
 */
export type ProgressCallback = (progress: Progress, chunk: Uint8Array) => void;

/** Options that are told how a request and its response go along. */
export interface TransferCallbacks {
  /**
   * Told as the body is sent. In browsers, by way of `XMLHttpRequest`: the chunks are empty, the
   * response comes whole, and what only `fetch` can do is refused. At the edge, and in workers
   * without XMLHttpRequest, never told.
   *
   * @default none
   */
  onUploadProgress?: ProgressCallback | null | undefined;
  /**
   * Told as the body is taken off the wire, decoded.
   *
   * @default none
   */
  onDownloadProgress?: ProgressCallback | null | undefined;
  /**
   * Told of the responses before the final one, such as early hints, of each hop and attempt; of
   * those that a proxy sends as it opens a tunnel it is not. What it throws ends the call. Node's
   * own transport; elsewhere never told.
   *
   * @default none
   *
   * @example
   * ```ts
   * await session.get('https://example.com/', {
   *   onInformation: ({ status, headers }) => console.log(status, headers.get('link')),
   * });
   * ```
   */
  onInformation?: ((response: InterimResponse) => void) | null | undefined;
}
