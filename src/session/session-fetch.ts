import { Call } from '../call/call.ts';
import { SessionError } from '../errors/session-error.ts';
import type { CallerOptions, SessionState } from '../model.ts';
import { toFetchBody } from '../request/body.ts';
import { isRequest } from '../request/host/brand.ts';
import { readInit } from '../options/read-request.ts';
import type { FetchInit, RequestOptions } from '../types/options.ts';

/** What has failed on the way, in which case `fetch` says no more than that. */
const failures = ['ERR_NETWORK', 'ERR_PROXY', 'ERR_TOO_MANY_REDIRECTS'];

/** URLs whose content is here already: nothing of a session is for them. */
const local = /^\s*(?:data|blob):/i;

/** As it is: to a `fetch`, too, a member that is `undefined` is absent, and bytes are bytes. */
const host: { fetch(input: string | URL | Request, init?: FetchInit): Promise<Response> } =
  globalThis;

/** One call that fails as `fetch` does. `own`: options that no init has. */
export async function sessionFetch(
  state: SessionState,
  input: string | URL | Request,
  init: FetchInit | undefined,
  own?: RequestOptions,
): Promise<Response> {
  const target = Object(input) !== input || isRequest(input) ? input : String(input);
  // A path that a visitor has sent must not answer itself.
  if (!state.refuse && local.test(isRequest(target) ? target.url : String(target)))
    return host.fetch(target, init);
  try {
    const options = own ? { ...toOptions(init), ...own } : toOptions(init);
    return await new Call(state, { input: target, options, asFetch: true }).run();
  } catch (error) {
    throw asFetchError(error, [init?.signal?.reason, isRequest(input) && input.signal.reason]);
  }
}

/** Fetch has an error for timeouts, and the reason of an abort may be an error of ours, too. */
function asFetchError(error: unknown, reasons: unknown[]): unknown {
  if (!SessionError.is(error) || error.code === 'ERR_TIMEOUT' || reasons.includes(error))
    return error;
  const message = failures.includes(error.code) ? 'fetch failed' : error.message;
  return new TypeError(message, { cause: error });
}

/** A `Request` has its members on its prototype; in a record, fetch ignores unknown ones. */
function toOptions(init: FetchInit | undefined): CallerOptions | undefined {
  if (!init) return undefined;
  if (isRequest(init)) return init;
  const options = readInit(init);
  if (options.body !== undefined) options.body = toFetchBody(options.body);
  return options;
}
