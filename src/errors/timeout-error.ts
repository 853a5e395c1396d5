import { type ErrorDetails, nameError, SessionError } from './session-error.ts';

/** Which clock of {@link TimeoutOptions} ran out. */
export type TimeoutPhase = 'connect' | 'response' | 'body' | 'total';

/** A phase took longer than its `timeout`, in ms. */
export class TimeoutError extends SessionError {
  override readonly code = 'ERR_TIMEOUT';
  /** The clock that ran out, by the name of its option in {@link TimeoutOptions}. */
  declare readonly phase: TimeoutPhase;
  /** What that option said, in ms; `response` counts over all hops of an attempt. */
  declare readonly timeout: number;

  constructor(phase: TimeoutPhase, timeout: number, details?: ErrorDetails) {
    super(`Timed out after ${timeout} ms (timeout.${phase})`, details);
    this.phase = phase;
    this.timeout = timeout;
  }
}
nameError(TimeoutError, 'TimeoutError');
