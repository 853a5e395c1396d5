/**
 * Progress of a transfer, in ky's shape. `totalBytes` is 0 and `percent` 0 while the length is
 * unknown.
 */
export interface Progress {
  percent: number;
  transferredBytes: number;
  totalBytes: number;
}

/** Called with the state after each chunk. Of an upload in a browser the chunk is empty. */
export type ProgressCallback = (progress: Progress, chunk: Uint8Array) => void;
