import { nameError, SessionError } from './session-error.ts';

/** The body is not the JSON, encoding or form that was asked for. */
export class DecodeError extends SessionError {
  static {
    nameError(this, 'DecodeError');
  }
  override readonly code = 'ERR_DECODE';
}
