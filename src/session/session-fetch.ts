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
    const reasons = [init?.signal?.reason, isRequest(input) && input.signal.reason];
    // Fetch has an error for timeouts, and the reason of an abort may be an error of ours, too.
    throw SessionError.is(error) && error.code !== 'ERR_TIMEOUT' && !reasons.includes(error)
      ? new TypeError('fetch failed', { cause: error })
      : error;
  }
}

/** A `Request` has its members on its prototype; in a record, fetch ignores unknown ones. */
function toOptions(init: RequestInit | undefined): CallerOptions | undefined {
  if (!init) return undefined;
  return isRequest(init) ? init : readInit(init);
}
