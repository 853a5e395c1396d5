import type { SessionResponse } from '../response/session-response.ts';
import { type ErrorDetails, hide, nameError, SessionError } from './session-error.ts';

/** More redirects than `maxRedirects`. `history` holds the responses so far, oldest first. */
export class TooManyRedirectsError extends SessionError {
  override readonly code = 'ERR_TOO_MANY_REDIRECTS';
  /**
   * The redirects so far, oldest first, the one too many included. Their bodies were discarded. Not
   * enumerable.
   */
  declare readonly history: readonly SessionResponse[];

  constructor(limit: number, history: readonly SessionResponse[], details?: ErrorDetails) {
    super(`More than ${limit} redirects (maxRedirects)`, details);
    hide(this, { history });
  }
}
nameError(TooManyRedirectsError, 'TooManyRedirectsError');
