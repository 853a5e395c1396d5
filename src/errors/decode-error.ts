import { nameError, SessionError } from './session-error.ts';

/** The body is not the JSON, encoding or form that was asked for. */
export class DecodeError extends SessionError {
  override readonly code = 'ERR_DECODE';
}
nameError(DecodeError, 'DecodeError');
