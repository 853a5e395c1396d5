import { DecodeError } from '../../errors/decode-error.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { SessionError } from '../../errors/session-error.ts';

/** The error of a provider (RFC 6749, section 5.2): the `cause` of what a call rejects with. */
export class ProviderError extends Error {
  /** Such as `invalid_grant`. */
  readonly error: string;
  /** That of the response, if it was one. */
  readonly status: number | undefined;

  constructor(error: string, description: string, status: number | undefined) {
    super(description ? `${error}: ${description}` : error);
    this.name = 'ProviderError';
    this.error = error;
    this.status = status;
  }
}

/** What is read of the errors of `oauth4webapi`, whose own causes hold tokens. */
interface Thrown {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly error?: string;
  readonly error_description?: string;
  readonly status?: number;
  readonly cause?: unknown;
}

/** What a provider wrote, as one line of a message. */
const line = (text: unknown): string =>
  typeof text === 'string' ? text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200) : '';

/** An error of `oauth4webapi` or of a `fetch` as one of ours, without what it holds in secret. */
export function explainError(thrown: unknown, what: string): unknown {
  if (SessionError.is(thrown)) return thrown;
  const given: Thrown = Object(thrown);
  const provided = providerErrorOf(given);
  if (provided) {
    return new InvalidRequestError(`oauth2(): ${what} was refused: ${provided.message}`, {
      cause: provided,
    });
  }
  if (given.code?.startsWith('OAUTH_') || given.name === 'OperationProcessingError')
    return new DecodeError(`oauth2(): ${what} failed: ${line(given.message)}`);
  if (given.code?.startsWith('ERR_INVALID_ARG'))
    return new InvalidRequestError(`oauth2(): ${what} failed: ${line(given.message)}`);
  return thrown;
}

function providerErrorOf({ error, error_description, status, cause, name }: Thrown) {
  if (typeof error === 'string')
    return new ProviderError(line(error), line(error_description), status);
  if (name !== 'WWWAuthenticateChallengeError' || !Array.isArray(cause)) return undefined;
  const { parameters = {} } = Object(cause[0]);
  return new ProviderError(
    line(parameters.error) || 'unauthorized',
    line(parameters.error_description),
    status,
  );
}
