import { nameError, SessionError } from './session-error.ts';

/**
 * The proxy refused, cannot be reached, or wants credentials. `cause` is the runtime's error, where
 * there is one.
 */
export class ProxyError extends SessionError {
  override readonly code = 'ERR_PROXY';
  /** What the proxy answered; `undefined` when it gave no HTTP answer. */
  declare readonly status: number | undefined;
  /** Its `Proxy-Authenticate` header, when it wants credentials. */
  declare readonly challenge: string | undefined;
}
nameError(ProxyError, 'ProxyError');
