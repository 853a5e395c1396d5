import { isDevelopment } from '../development.ts';
import { type ErrorDetails, nameError, SessionError } from './session-error.ts';

/** The platform cannot do it. The message names the option and the platform. */
export class UnsupportedError extends SessionError {
  override readonly code = 'ERR_UNSUPPORTED';

  /** @internal Production builds say what it is about, and no more. */
  constructor(message: string, details?: ErrorDetails) {
    super(isDevelopment ? message : `ERR_UNSUPPORTED: ${message}`, details);
  }
}
nameError(UnsupportedError, 'UnsupportedError');
