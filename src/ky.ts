/**
 * `isosession/ky`: ky as a front end of a session.
 *
 * @module
 */
import kyDefault, {
  HTTPError,
  type Input,
  type KyInstance,
  type NormalizedOptions,
  type Options,
  type ResponsePromise as KyResponsePromise,
  type RetryOptions as KyRetry,
} from 'ky';
import { internals } from './internals.ts';
import type { SessionState } from './model.ts';
import type { SessionOptions } from './types/options.ts';
import type { RetryOptions, RetryState } from './types/retry.ts';
import type { TimeoutOptions } from './types/timeout.ts';

/** The part of a session that ky stands on. */
export interface KySession {
  /** Sends every request of the instance. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** What relative inputs resolve against, where neither the instance nor the call says. */
  readonly baseUrl: URL | string | undefined;
  /** @internal */
  readonly [internals]?: Pick<SessionState, 'refuse'>;
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
  return through(session, kyDefault.create(options));
}

const verbs = ['get', 'post', 'put', 'patch', 'head', 'delete', 'query'] as const;

/** The same instance, each of whose calls goes through the session. */
function through(session: KySession, instance: KyInstance): KyInstance {
  const caller = (verb?: (typeof verbs)[number]) =>
    function call(input: Input, options: Options = {}): KyResponsePromise {
      // The last of the init hooks: whatever defaults and calls have set is known by then.
      const last = (merged: Options): void => handOver(session, input, merged);
      const once = instance.extend(options).extend({ hooks: { init: [last] } });
      return verb ? once[verb](input) : once(input);
    };
  return Object.assign<object, object>(caller(), {
    ...instance,
    ...Object.fromEntries(
      verbs.filter((verb) => verb in instance).map((verb) => [verb, caller(verb)]),
    ),
    create: (defaults?: Options) => createKy(session, defaults),
    extend: (defaults: Parameters<KyInstance['extend']>[0]) =>
      through(session, instance.extend(defaults)),
  }) as KyInstance; // Its calls are generic.
}

/** Hands what ky would do itself to the session: ky changes the options in an init hook. */
function handOver(session: KySession, input: Input, call: Options): void {
  if (session.baseUrl) call.baseUrl ??= session.baseUrl;
  judge(session, input, call);
  call.fetch = sessionFor(call, session).fetch;
  call.retry = 0;
  call.timeout = false;
  call.totalTimeout = false;
}

/** Where the session may not be called by this input, says so before ky resolves it. */
function judge(session: KySession, input: Input, { baseUrl, prefix }: Options): void {
  const refuse = session[internals]?.refuse;
  if (!refuse || typeof input !== 'string') return;
  const text = prefix
    ? `${String(prefix).replace(/\/+$/, '')}/${input.replace(/^\/+/, '')}`
    : input;
  const base = baseUrl && URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  // What is no URL is refused by ky.
  if (URL.canParse(text, base)) refuse(text, new URL(text, base), base);
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
