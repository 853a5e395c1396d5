/**
 * `isosession/ky`: ky as a front end of a session.
 *
 * @module
 */
import kyDefault, {
  HTTPError,
  type KyInstance,
  type NormalizedOptions,
  type Options,
  type RetryOptions as KyRetry,
} from 'ky';
import type { SessionOptions } from './types/options.ts';
import type { RetryOptions, RetryState } from './types/retry.ts';
import type { TimeoutOptions } from './types/timeout.ts';

/** The part of a session that ky stands on. */
export interface KySession {
  /** Sends every request of the instance. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** What relative inputs resolve against, where neither the instance nor the call says. */
  readonly baseUrl: URL | undefined;
  /** A child with other retries or timeouts, for a call that asks for them. */
  extend(options: SessionOptions): KySession;
}

/**
 * A ky instance over a session: ky's shortcuts, hooks, schemas and progress, with the session's
 * cookies, credentials and their scope, redirects, connections and retries below. Only the session
 * retries: `retry`, `timeout` and `totalTimeout` (in ms), as defaults or of a call, become the
 * session's. `baseUrl` defaults to the session's; `extend()` and `create()` of the instance keep
 * the session.
 *
 * Errors are ky's (`HTTPError`, `NetworkError` with ours as its cause); timeouts are the session's
 * `TimeoutError`, for which ky's `isTimeoutError` holds.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { createKy } from 'isosession/ky';
 *
 * const api = createKy(new Session({ baseUrl: 'https://api.example.com/v1/' }));
 * const profile = await api.get('profile').json();
 * ```
 *
 * @param options - ky's own, as defaults of the instance.
 */
export function createKy(session: KySession, options: Options = {}): KyInstance {
  // The last of the init hooks: whatever defaults and calls have set is known by then.
  const hooks = {
    ...options.hooks,
    init: [...(options.hooks?.init ?? []), (call: Options) => handOver(session, call)],
  };
  const instance = kyDefault.create({ ...options, hooks });
  return Object.assign(instance, { create: (defaults?: Options) => createKy(session, defaults) });
}

/** Hands what ky would do itself to the session: ky changes the options in an init hook. */
function handOver(session: KySession, call: Options): void {
  if (session.baseUrl) call.baseUrl ??= session.baseUrl;
  call.fetch = sessionFor(call, session).fetch;
  call.retry = 0;
  call.timeout = false;
  call.totalTimeout = false;
}

/** The session, or a child with the retries and timeouts of this call. */
function sessionFor({ retry, timeout, totalTimeout }: Options, session: KySession): KySession {
  if (retry === undefined && timeout === undefined && totalTimeout === undefined) return session;
  const options: SessionOptions = { timeout: readTimeout(timeout, totalTimeout) };
  if (retry !== undefined) options.retry = typeof retry === 'number' ? retry : readRetry(retry);
  return session.extend(options);
}

/** A server that has not accepted a connection in so many ms will not. */
const longestConnect = 10_000;

function readTimeout(
  timeout: Options['timeout'],
  totalTimeout: Options['totalTimeout'],
): TimeoutOptions {
  const phases: TimeoutOptions = {};
  if (timeout !== undefined) {
    phases.connect = timeout === false ? false : Math.min(timeout, longestConnect);
    phases.response = timeout;
    phases.body = timeout;
  }
  if (totalTimeout !== undefined) phases.total = totalTimeout;
  return phases;
}

/** ky's retry options are the session's, but for what `shouldRetry` is told. */
function readRetry({ shouldRetry, ...retry }: KyRetry): RetryOptions {
  if (!shouldRetry) return retry;
  return {
    ...retry,
    shouldRetry: (state) => shouldRetry({ error: errorOf(state), retryCount: state.attempt }),
  };
}

/** ky tells of a status by an error, for which there are no request and options of ky's below. */
function errorOf({ error, response }: RetryState): Error {
  if (!response) return error as Error; // What a transport throws.
  return new HTTPError(response, new Request(response.url), {} as NormalizedOptions);
}
