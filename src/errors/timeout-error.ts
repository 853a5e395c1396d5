import { type ErrorDetails, nameError, SessionError } from './session-error.ts';

/** Which clock of {@link TimeoutOptions} ran out. */
export type TimeoutPhase = 'connect' | 'response' | 'body' | 'total';

/** A phase took longer than its `timeout`, in ms. */
export class TimeoutError extends SessionError {
  static {
    nameError(this, 'TimeoutError');
  }
  override readonly code = 'ERR_TIMEOUT';
  declare readonly phase: TimeoutPhase;
  declare readonly timeout: number;

  constructor(phase: TimeoutPhase, timeout: number, details?: ErrorDetails) {
    super(`Timed out after ${timeout} ms (timeout.${phase})`, details);
    this.phase = phase;
    this.timeout = timeout;
  }
}
