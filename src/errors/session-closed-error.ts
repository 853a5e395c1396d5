import { type ErrorDetails, nameError, SessionError } from './session-error.ts';

/** The session is closed, or was closed while the call or its body was under way. */
export class SessionClosedError extends SessionError {
  override readonly code = 'ERR_SESSION_CLOSED';

  constructor(message = 'The session is closed', details?: ErrorDetails) {
    super(message, details);
  }
}
nameError(SessionClosedError, 'SessionClosedError');
