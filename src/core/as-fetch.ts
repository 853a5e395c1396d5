/** The manners of `fetch` over a session's call. */
import { SessionError } from '../errors.ts';
import type { Call } from './call.ts';

/** Runs the call; network, proxy, redirect and URL failures reject as fetch's do, timeouts and abort reasons as they are. */
export async function asFetch(call: Call): Promise<Response> {
  try {
    return await call.run();
  } catch (error) {
    throw SessionError.is(error) && error.code !== 'ERR_TIMEOUT' ? new TypeError('fetch failed', { cause: error }) : error;
  }
}
