import { loadChunk } from '../load-chunk.ts';
import { hintsOf } from './server-hints.ts';

/** The names of what a server may say of when to come back. */
const hintNames = /^retry-after|rate-?limit/;

/**
 * ms that a server asks to wait. What is more than a number of seconds is read by a chunk; where
 * that cannot be loaded, nothing is known of the wait.
 */
export async function loadServerDelay(headers: Headers, now: number): Promise<number | undefined> {
  if (![...headers.keys()].some((name) => hintNames.test(name))) return undefined;
  const hints = hintsOf(headers);
  const text = hints.get('retry-after') ?? '';
  if (/^\d+$/.test(text) && !headers.has('retry-after-ms')) return Number(text) * 1000;
  const chunk = await loadChunk(() => import('./retry-after.ts')).catch(() => undefined);
  return chunk?.retryAfter(hints, now);
}
