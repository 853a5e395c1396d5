import { type ErrorDetails, nameError, SessionError } from './session-error.ts';

/** The decoded body is larger than `limit`, in bytes. */
export class ResponseTooLargeError extends SessionError {
  override readonly code = 'ERR_RESPONSE_TOO_LARGE';
  /**
   * The most bytes that the body might have after decoding: `maxResponseSize`, else what the
   * runtime can hold in the form that was asked for.
   */
  declare readonly limit: number;

  constructor(
    limit: number,
    details?: ErrorDetails,
    message = `The body is larger than ${limit} bytes (maxResponseSize)`,
  ) {
    super(message, details);
    this.limit = limit;
  }
}
nameError(ResponseTooLargeError, 'ResponseTooLargeError');
