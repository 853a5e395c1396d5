import { Call } from '../call/call.ts';
import { SessionError } from '../errors/session-error.ts';
import type { CallerOptions, SessionState } from '../model.ts';
import { isRequest } from '../request/brand.ts';
import { readInit } from '../options/read-request.ts';

/** One call that fails as `fetch` does. */
export async function sessionFetch(
  state: SessionState,
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<Response> {
  try {
    return await new Call(state, { input, options: toOptions(init), asFetch: true }).run();
  } catch (error) {
    throw isOwnFailure(error) && !isAbortReason(error, init, input)
      ? new TypeError('fetch failed', { cause: error })
      : error;
  }
}

/** A `Request` has its members on its prototype; in a record, fetch ignores unknown ones. */
function toOptions(init: RequestInit | undefined): CallerOptions | undefined {
  if (!init) return undefined;
  return isRequest(init) ? init : readInit(init);
}

/** Fetch has an error for timeouts. */
function isOwnFailure(error: unknown): boolean {
  return SessionError.is(error) && error.code !== 'ERR_TIMEOUT';
}

/** The reason of an abort may be an error of ours, too. */
function isAbortReason(
  error: unknown,
  init: RequestInit | undefined,
  input: string | URL | Request,
): boolean {
  if (init?.signal && init.signal.reason === error) return true;
  return isRequest(input) && input.signal.reason === error;
}
