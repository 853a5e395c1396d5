/**
 * `isosession/ky`: ky as a front end of a session.
 *
 * @module
 */
import kyDefault, { type Input, type KyInstance, type Options, type ResponsePromise } from 'ky';
import { SessionError } from './errors/session-error.ts';
import type { Session } from './index.browser.ts';
import { internals } from './internals.ts';
import { defaultRetry } from './options/retry.ts';
import { defaultTimeout } from './options/timeout.ts';
import type { RequestOptions } from './types/options.ts';
import type { ResolvedOptions } from './types/resolved-options.ts';

/**
 * A ky instance over a session: all of ky, its options, hooks, retries, timeouts and errors, with
 * the session's cookies, credentials and their scope, redirects and connections below. It takes ky
 * 1 and 2; `extend()` and `create()` of the instance keep the session.
 *
 * ky alone retries and keeps time: what the session was told in `retry`, `timeout.response` and
 * `timeout.total` (ms) before is the default of ky's `retry`, `timeout` and `totalTimeout`, but for
 * `shouldRetry`, whose errors are others, and `budget`. Relative inputs resolve against the
 * session's `baseUrl` where no option of ky's says otherwise. A `fetch` among ky's options is
 * called instead of the session.
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
export function createKy(session: Session, options: Options = {}): KyInstance {
  const defaults = { ...fromSession(session[internals].options), fetch: fetchOf(session) };
  return bindSession(session, kyDefault.create(defaults).extend(options), {
    ...defaults,
    ...options,
  });
}

/** What one request of ky's has of the session's own: ky counts its attempts and keeps its time. */
const attempt: RequestOptions = {
  retry: 0,
  timeout: { response: false, body: false, total: false },
};

/** `session.fetch`, as a client calls it that retries itself. */
function fetchOf(session: Session): typeof fetch {
  return async (input, init) => {
    try {
      return await session[internals].fetch(input, init, attempt);
    } catch (error) {
      const { aborted } = (input as Request).signal; // ky gives nothing else.
      if (aborted || !SessionError.is(error) || error.code !== 'ERR_TIMEOUT') throw error;
      // That of the connection, for which fetch has no error of its own.
      throw new TypeError('fetch failed', { cause: error });
    }
  };
}

/** What the session was told, in ky's words. */
function fromSession({ retry, timeout }: ResolvedOptions): Options {
  const options: Options = {};
  const changed = Object.entries(retry).filter(
    ([name, value]) =>
      !['shouldRetry', 'budget'].includes(name) &&
      value !== defaultRetry[name as keyof typeof defaultRetry],
  );
  if (changed.length) options.retry = Object.fromEntries(changed);
  if (timeout.response !== defaultTimeout.response) options.timeout = toKyTime(timeout.response);
  if (timeout.total) options.totalTimeout = toKyTime(timeout.total);
  return options;
}

/** ky takes no time that a timer cannot hold. */
const toKyTime = (ms: number | false | undefined): number | false =>
  ms && ms < 2 ** 31 ? ms : false;

const verbs = ['get', 'post', 'put', 'patch', 'head', 'delete', 'query'] as const;

/** The options of ky's that say where a call leads, and by what; ky 1 has `prefixUrl` alone. */
interface Target extends Pick<Options, 'baseUrl' | 'prefix' | 'fetch'> {
  prefixUrl?: string | URL;
}

/**
 * The same instance, whose calls lead where the session says, and whose descendants keep it.
 *
 * @param defaults the options that it was made of, the last one of a name
 */
function bindSession(session: Session, instance: KyInstance, defaults: Target): KyInstance {
  const caller = (verb?: (typeof verbs)[number]) =>
    function call(input: Input, options?: Options): ResponsePromise {
      const send = verb ? instance[verb] : instance;
      return send(...resolveCall(session, input, { ...defaults, ...options }, options));
    };
  const extend: KyInstance['extend'] = (options) => {
    let own: Options | undefined;
    const read = (parent: Options) =>
      (own = typeof options === 'function' ? options(parent) : options);
    const child = instance.extend(typeof options === 'function' ? read : read({}));
    return bindSession(session, child, { ...defaults, ...own });
  };
  const create = (options?: Options): KyInstance => {
    // It refuses what are no options.
    instance.create(options);
    return createKy(session, options);
  };
  const calls = verbs.filter((verb) => verb in instance).map((verb) => [verb, caller(verb)]);
  const members = { ...instance, ...Object.fromEntries(calls), create, extend };
  return Object.assign<object, object>(caller(), members) as KyInstance; // Its calls are generic.
}

/** The arguments of a call, an input that is relative to the session's `baseUrl` resolved. */
function resolveCall(
  session: Session,
  input: Input,
  target: Target,
  options: Options | undefined,
): [Input, Options | undefined] {
  const { baseUrl } = session;
  refuseTarget(session, input, target);
  // An app may hand on a `fetch` that it has only sometimes.
  const own = target.fetch === undefined ? { ...options, fetch: fetchOf(session) } : options;
  if (typeof input !== 'string' || !baseUrl || target.baseUrl || target.prefixUrl)
    return [input, own];
  if (target.prefix) return [input, { ...own, baseUrl }];
  return [URL.canParse(input, baseUrl) ? new URL(input, baseUrl) : input, own];
}

/**
 * Refuses what the session may not call, as ky resolves it: the session is given the whole URL.
 */
function refuseTarget(
  session: Session,
  input: Input,
  { baseUrl, prefix, prefixUrl }: Target,
): void {
  const { refuse } = session[internals];
  if (!refuse || typeof input !== 'string') return;
  const before = prefix || prefixUrl;
  const text = before
    ? `${String(before).replace(/\/+$/, '')}/${input.replace(/^\/+/, '')}`
    : input;
  const given = baseUrl || session.baseUrl;
  const base = given && URL.canParse(given) ? new URL(given) : undefined;
  // What is no URL is refused by ky.
  if (URL.canParse(text, base)) refuse(text, new URL(text, base), base);
}
