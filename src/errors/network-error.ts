import { nameError, SessionError } from './session-error.ts';

/**
 * No response came, or it broke off: DNS, refused, reset, TLS, malformed or truncated. `cause` is
 * the runtime's error, its `code` kept.
 */
export class NetworkError extends SessionError {
  override readonly code = 'ERR_NETWORK';
}
nameError(NetworkError, 'NetworkError');
