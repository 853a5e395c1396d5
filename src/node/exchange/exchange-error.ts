/** What a failed exchange rejects with. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { NetworkError } from '../../errors/network-error.ts';
import { type ErrorDetails, hide, SessionError } from '../../errors/session-error.ts';
import { sentOf } from '../../request/sent-request.ts';
import { terminated } from '../../errors/terminated.ts';
import type { CallInfo, Outgoing } from '../../model.ts';
import { version } from '../../version.ts';
import { asCause, describeError } from './describe-error.ts';

/** An error of undici's or of the runtime's. */
export type CodedError = Error & { readonly code?: string };

/** What undici refuses before it writes a byte. */
const refusedCodes = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/** Whether undici has refused the request itself: the connection is as good as before. */
export function isInvalidRequest({ code }: CodedError): boolean {
  return code !== undefined && refusedCodes.has(code);
}

/**
 * Whether undici has refused a `100 Continue`, which is no answer yet: one behind the response to a
 * pipelined request, where it is not seen before.
 */
export function isRefusedContinue({ code, message }: CodedError): boolean {
  return code === 'UND_ERR_SOCKET' && message === 'bad response';
}

/** Errors of requests of which no byte was sent, and no redirect led to them. */
const unsent = Symbol.for(`isosession.unsent ${version}`);

/** Whether nothing of its attempt was sent: it may be repeated, whatever its method. */
export const isUnsent = (error: unknown): boolean => unsent in Object(error);

/** Notes of an exchange's error that no byte was sent. */
export function noteUnsent<E extends SessionError>(error: E, { hop }: Outgoing): E {
  if (hop === 0) hide(error, { [unsent]: true });
  return error;
}

/** Of an exchange that failed before its response came; `written`: bytes of it may have been. */
export function requestError(error: CodedError, sent: Outgoing, written: boolean): SessionError {
  const told = SessionError.is(error) ? error : describedError(error, sent);
  return written ? told : noteUnsent(told, sent);
}

function describedError(error: CodedError, sent: Outgoing): SessionError {
  const request = sentOf(sent);
  const details = { request, cause: asCause(error) };
  if (isInvalidRequest(error)) return new InvalidRequestError(error.message, details);
  return new NetworkError(`${String(request)} failed: ${describeError(error)}`, details);
}

/** Of a response whose body did not come to its end. */
export function responseError(cause: Error, details: ErrorDetails, call: CallInfo): Error {
  const error = new NetworkError(`The response broke off: ${cause.message}`, {
    ...details,
    cause: asCause(cause),
  });
  return terminated(error, call);
}
