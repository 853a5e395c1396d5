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
import type { RetryOptions } from './types/retry.ts';

/** The part of a session that ky stands on. */
export interface KySession {
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  readonly baseUrl: URL | undefined;
  extend(options: SessionOptions): KySession;
}

/**
 * A ky instance over a session: ky's shortcuts, hooks, schemas and progress, with the session's
 * cookies, credentials and their scope, redirects, connections and retries below. Only the session
 * retries: `retry`, `timeout` and `totalTimeout`, as defaults or of a call, become the session's.
 * `baseUrl` defaults to the session's; `extend()` and `create()` of the instance keep the session.
 *
 * ```ts
 * import { Session } from 'isosession';
 * import { createKy } from 'isosession/ky';
 *
 * const api = createKy(new Session({ baseUrl: 'https://api.example.com/v1/' }));
 * const profile = await api.get('profile').json();
 * ```
 *
 * Errors are ky's (`HTTPError`, `NetworkError` with ours as its cause); timeouts are the session's
 * `TimeoutError`, for which ky's `isTimeoutError` holds.
 */
export function createKy(session: KySession, options: Options = {}): KyInstance {
  // The last of the init hooks: whatever defaults and calls have set is known by then.
  const hooks = {
    ...options.hooks,
    init: [...(options.hooks?.init ?? []), (call: Options) => underKy(session, call)],
  };
  const instance = kyDefault.create({ ...options, hooks });
  return Object.assign(instance, { create: (defaults?: Options) => createKy(session, defaults) });
}

/** Hands what ky would do itself to the session. */
function underKy(session: KySession, call: Options): void {
  const { retry, timeout, totalTimeout } = call;
  if (session.baseUrl) call.baseUrl ??= session.baseUrl;
  call.retry = 0;
  call.timeout = false;
  call.totalTimeout = false;
  if (retry === undefined && timeout === undefined && totalTimeout === undefined) {
    call.fetch = session.fetch as typeof fetch;
    return;
  }
  const each =
    timeout === undefined || timeout === false
      ? {}
      : { connect: Math.min(timeout, 10_000), response: timeout, body: timeout };
  call.fetch = session.extend({
    ...(retry !== undefined && { retry: typeof retry === 'number' ? retry : readRetry(retry) }),
    timeout:
      timeout === false
        ? { connect: false, response: false, body: false }
        : { ...each, ...(totalTimeout !== undefined && { total: totalTimeout }) },
  }).fetch as typeof fetch;
}

/** ky's retry options are the session's, but for what `shouldRetry` is told. */
function readRetry({ shouldRetry, ...retry }: KyRetry): RetryOptions {
  if (!shouldRetry) return retry as RetryOptions;
  return {
    ...(retry as RetryOptions),
    shouldRetry: ({ error, response, attempt }) =>
      shouldRetry({
        error: (error ??
          new HTTPError(
            response as Response,
            new Request((response as Response).url),
            {} as NormalizedOptions,
          )) as Error,
        retryCount: attempt,
      }),
  };
}
