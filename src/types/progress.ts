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
