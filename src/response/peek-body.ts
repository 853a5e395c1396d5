import { hostBody } from './host-objects.ts';
import { SessionResponse } from './session-response.ts';

/**
 * The first `limit` bytes of a body that nobody has read, all of which stay readable; `undefined`
 * when there are more. A host may want the insides of its response whole: then they are a clone's.
 */
export async function peekBody(
  response: SessionResponse,
  limit: number,
): Promise<Uint8Array | undefined> {
  const looked = hostBody(response) ? response.clone() : response;
  const { source } = SessionResponse.stateOf(looked);
  try {
    return await source?.peek(limit);
  } finally {
    if (looked !== response) source?.discard();
  }
}
