import { isDevelopment } from '../development.ts';
import { type ErrorDetails, nameError, SessionError } from './session-error.ts';

/**
 * A bad URL, redirect target, header, cookie or option, or a one-shot body that would have to be
 * sent twice. It comes before anything is sent where that can be known.
 */
export class InvalidRequestError extends SessionError {
  override readonly code = 'ERR_INVALID_REQUEST';

  /** @internal Production builds say what it is about, and no more. */
  constructor(message: string, details?: ErrorDetails) {
    super(isDevelopment ? message : `ERR_INVALID_REQUEST: ${message}`, details);
  }
}
nameError(InvalidRequestError, 'InvalidRequestError');
