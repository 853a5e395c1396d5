import { peekBody } from '../../response/peek-body.ts';
import { SessionResponse } from '../../response/session-response.ts';

/** A word of CSRF, in a text or in the name of a header. */
const marker = /[cx]srf|forgery/i;

/** A page that tells of a rejection is no larger, in bytes. */
const longestRejection = 65_536;

/**
 * Whether a response says that the token was not good: 419, which is Laravel's, and 403 with a word
 * of CSRF in its text, in its JSON or among its header names.
 */
export async function isRejected(response: SessionResponse): Promise<boolean> {
  if (response.status === 419) return true;
  if (response.status !== 403) return false;
  for (const name of response.headers.keys()) if (marker.test(name)) return true;
  return marker.test(await peekText(response));
}

/** A text or JSON that nobody has read yet, and that stays readable; `''` where there is none. */
async function peekText(response: SessionResponse): Promise<string> {
  const type = response.headers.get('content-type') ?? '';
  const { source } = SessionResponse.stateOf(response);
  // Events may come for ever.
  if (!/^text\/(?!event-stream)|[/+]json\b/i.test(type) || source?.used !== false) return '';
  try {
    const bytes = await peekBody(response, longestRejection);
    return bytes ? new TextDecoder().decode(bytes) : '';
  } catch {
    // Whoever reads the body is told.
    return '';
  }
}
