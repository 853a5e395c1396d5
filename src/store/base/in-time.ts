import { StoreError } from './store-error.ts';

/** In ms: longer than a killed process keeps a file locked. */
const longestAnswer = 20_000;

/**
 * A client that is not connected may hold back for ever what it is asked.
 *
 * @param ms how long the answer may take
 */
export async function inTime<T>(answer: Promise<T>, ms = longestAnswer): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const time = `${Math.round(ms / 1000)} s`;
    const message = `The store has not answered for ${time}: is its client connected?`;
    timer = setTimeout(() => reject(new StoreError('unavailable', message)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
