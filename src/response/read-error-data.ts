import { toErrorData } from './error-data.ts';
import { peekBody } from './peek-body.ts';
import { SessionResponse } from './session-response.ts';

/** What is larger is hardly meant to tell of an error. */
const maxErrorBody = 2 ** 20;

/**
 * Reads the body of an HTTP error and leaves it readable: as JSON where it is JSON, else as text;
 * `undefined` where it is too large, may never end, or cannot be read.
 */
export async function readErrorData(response: SessionResponse): Promise<unknown> {
  const state = SessionResponse.stateOf(response);
  // Events may come for ever.
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) return undefined;
  if (state.source?.used !== false) return undefined;
  try {
    const bytes = await peekBody(response, maxErrorBody);
    if (!bytes) return undefined;
    const value = toErrorData(new TextDecoder().decode(bytes), response.headers);
    state.errorData = { value };
    return value;
  } catch {
    // The status is the news; a body that cannot be read is not.
    return undefined;
  }
}
