import { type Bytes, concat } from '../../request/streams.ts';
import type { ProgressCallback } from '../../types/progress.ts';

/**
 * Keeps a body as its reader takes it: nothing of one that is too large, is cancelled or breaks
 * off. It listens to the body's progress, so that the response stays what the transport has made.
 */
export class BodyRecorder {
  /** `undefined`: it is not kept. */
  #chunks: Uint8Array[] | undefined = [];
  #size = 0;
  #isWhole = false;
  #onWhole: ((body: Bytes) => void) | undefined;
  readonly #maxSize: number;
  readonly #told: ProgressCallback | undefined;

  /** `told`: who has asked for the progress, too. */
  constructor(maxSize: number, told: ProgressCallback | undefined) {
    this.#maxSize = maxSize;
    this.#told = told;
  }

  readonly onProgress: ProgressCallback = (progress, chunk) => {
    this.#told?.(progress, chunk.slice());
    if (!this.#chunks) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > this.#maxSize) return this.drop();
    const { transferredBytes, totalBytes } = progress;
    // The end is told with the last byte where the length is known, else by an empty chunk.
    this.#isWhole = chunk.length === 0 || transferredBytes === totalBytes;
    this.#give();
  };

  /** `onWhole` is told of the body when all of it is here, which may be now. */
  keep(onWhole: (body: Bytes) => void): void {
    this.#onWhole = onWhole;
    this.#give();
  }

  drop(): void {
    this.#chunks = undefined;
  }

  #give(): void {
    if (!this.#isWhole || !this.#onWhole || !this.#chunks) return;
    const body = concat(this.#chunks);
    this.drop();
    this.#onWhole(body);
  }
}
