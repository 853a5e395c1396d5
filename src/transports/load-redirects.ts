import { loadChunk } from '../load-chunk.ts';
import type { Hop, Outgoing } from '../model.ts';
import { discard } from '../response/wrap-response.ts';
import { redirectTools } from './redirect-tools.ts';

/**
 * `nextHop` of a chunk.
 *
 * @throws {NetworkError} also when that cannot be loaded.
 */
export async function loadNextHop(hop: Hop): Promise<Outgoing | undefined> {
  try {
    const { nextHop } = await loadChunk(() => import('./redirects.ts'));
    return nextHop(hop, redirectTools);
  } catch (error) {
    discard(hop.response);
    throw error;
  }
}
