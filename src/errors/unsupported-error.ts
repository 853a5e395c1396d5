import { nameError, SessionError } from './session-error.ts';

/** The platform cannot do it. The message names the option and the platform. */
export class UnsupportedError extends SessionError {
  static {
    nameError(this, 'UnsupportedError');
  }
  override readonly code = 'ERR_UNSUPPORTED';
}
