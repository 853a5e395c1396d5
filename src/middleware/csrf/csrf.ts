/** Tokens against cross-site request forgery. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Middleware, SessionRequest } from '../../types/middleware.ts';
import type { ResolvedOptions } from '../../types/resolved-options.ts';
import { isReplayable } from '../../request/body.ts';
import { isVisible } from '../../request/credentials.ts';
import { isToken } from '../../request/headers.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { func, kind, readRecord } from '../../options/kinds.ts';
import { discard, SessionResponse } from '../../response/session-response.ts';
import { type CsrfFrom, csrfSource } from './token-source.ts';
import { callOf } from '../../request/session-request.ts';
import type { SessionState } from '../../model.ts';

/** A framework whose names are known. */
export type CsrfPreset = 'angular' | 'django' | 'laravel' | 'rails' | 'spring';

/** Options of {@link csrf}. */
export interface CsrfOptions {
  /**
   * Where the token is: in a cookie that scripts may read, in a `<meta name= content>` of the page,
   * in a header of the responses, or in the JSON of an endpoint, which is fetched once. Default
   * `{cookie: 'XSRF-TOKEN'}`.
   */
  from?: CsrfFrom | undefined;
  /** The header that carries it. Default `X-XSRF-TOKEN`. */
  header?: string | undefined;
  /**
   * Whether a response says that the token was not good. Default: 419, and 403 with a word of CSRF
   * in its text, in its JSON or among its header names.
   */
  rejected?: ((response: SessionResponse) => boolean) | undefined;
}

const presets: Record<CsrfPreset, CsrfOptions> = {
  angular: {},
  django: { from: { cookie: 'csrftoken' }, header: 'X-CSRFToken' },
  laravel: {},
  // In production neither of the two says why. That there is another token than the one it had is
  // reason enough to send a call again.
  rails: {
    from: { meta: 'csrf-token' },
    header: 'X-CSRF-Token',
    rejected: ({ status }) => status === 422,
  },
  spring: { rejected: ({ status }) => status === 403 },
};

function readCsrf(preset: CsrfPreset | CsrfOptions): CsrfOptions {
  const named = typeof preset === 'string';
  if (named && !Object.hasOwn(presets, preset))
    throw new InvalidRequestError(
      `csrf() has no preset '${preset}', but ${Object.keys(presets).join(', ')}`,
    );
  const word = kind<string>(
    'a non-empty string',
    (value) => typeof value === 'string' && value !== '',
  );
  const name = kind<string>(
    'the name of a header',
    (value) => typeof value === 'string' && isToken(value),
  );
  return readRecord(
    'csrf',
    {
      from: kind<object>('one of { cookie }, { meta }, { header } and { url, pick }', (value) => {
        const { pick, ...place } = readRecord(
          'csrf.from',
          { cookie: word, meta: word, header: name, url: word, pick: func },
          value,
        );
        return (
          Object.keys(place).length === 1 &&
          (!pick || 'url' in place) &&
          nullPrototype(place, { pick })
        );
      }),
      header: name,
      rejected: func,
    },
    named ? presets[preset] : preset,
  );
}

/**
 * Puts the server's token against cross-site request forgery on every call that is not GET, HEAD,
 * OPTIONS or TRACE and goes to the session's own origin: that of `baseUrl` and those of `origins`;
 * without a `baseUrl`, the page's. No other call carries it, whatever its URL looks like. A header
 * of that name that the call has already stays as it is, and a call with `credentials: 'omit'`
 * carries none.
 *
 * A call whose token was rejected is sent once more, if there is another token by then and the body
 * can be sent again; its response is what the caller gets. A redirect to another origin does not
 * carry the token. In browsers, where redirects are the browser's, a call to the page's own origin
 * then fails (it has `mode: 'same-origin'`, unless it has one of its own); a call to another
 * origin's API, and an upload with progress, take their headers along if CORS allows it.
 *
 * ```ts
 * const api = new Session({ baseUrl: 'https://example.com/api/' }).use(csrf('django'));
 * ```
 *
 * @param preset - names of a framework, or where the token is and where it goes. Default: Angular's
 * and axios's names.
 * @throws {InvalidRequestError} for a preset or option that does not exist. A call rejects with the
 * error of the token's endpoint, and with {@link UnsupportedError} for `{meta}` where there is no
 * document.
 */
export function csrf(preset: CsrfPreset | CsrfOptions = 'angular'): Middleware {
  const {
    from = { cookie: 'XSRF-TOKEN' },
    header = 'X-XSRF-TOKEN',
    rejected = isRejected,
  } = readCsrf(preset);
  const source = csrfSource(from);

  return async (request, next) => {
    const {
      method,
      url,
      headers,
      body,
      options: { credentials },
    } = request;
    const call = callOf(request);
    const own = ownOrigins(call.state);
    const send = async (token?: string): Promise<SessionResponse> => {
      const response = await next(token ? withToken(request, call.state, header, token) : request);
      source.learn?.(call, response);
      return response;
    };
    if (
      /^(?:GET|HEAD|OPTIONS|TRACE)$/.test(method) ||
      !own.includes(url.origin) ||
      headers.has(header) ||
      credentials === 'omit'
    )
      return send();

    const token = await source.read(call, url);
    const response = await send(token);
    if (
      !isReplayable(body) ||
      !own.includes(new URL(response.url).origin) ||
      !(await rejected(response))
    )
      return response;
    // The refusal is the answer where no other token is to be had.
    const newer = await Promise.resolve(source.read(call, url, token)).catch(() => undefined);
    if (!newer || newer === token) return response;
    discard(response);
    return send(newer);
  };
}

function ownOrigins({ baseUrl, origins }: SessionState): (string | undefined)[] {
  return [(baseUrl ?? (globalThis.location as Location | undefined))?.origin, ...origins];
}

function withToken(
  request: SessionRequest,
  { platform }: SessionState,
  header: string,
  token: string,
): SessionRequest {
  if (!isVisible(token)) throw new InvalidRequestError('csrf(): the token must be visible ASCII');
  const headers = new Headers(request.headers);
  headers.set(header, token);
  let { options } = request;
  // A browser takes every header along on a redirect, unless the mode keeps the call where it is.
  // XMLHttpRequest, which tells of progress, has no such mode.
  if (
    !platform.cookieLayer &&
    !options.onUploadProgress &&
    request.url.origin === globalThis.location?.origin
  ) {
    options = Object.freeze(
      nullPrototype<ResolvedOptions>(options, {
        init: Object.freeze(nullPrototype<RequestInit>({ mode: 'same-origin' }, options.init)),
      }),
    );
  }
  return { ...request, headers, options };
}

const marker = /[cx]srf|forgery/i;

async function isRejected(response: SessionResponse): Promise<boolean> {
  const { status, headers } = response;
  if (status !== 403) return status === 419;
  if ([...headers.keys()].some((key) => marker.test(key))) return true;
  const { source } = SessionResponse.stateOf(response);
  if (
    !/^text\/(?!event-stream)|[/+]json\b/i.test(headers.get('content-type') ?? '') ||
    source?.used !== false
  )
    return false;
  try {
    // 64 KiB: a page that tells of a rejection is no larger.
    const bytes = await source.peek(2 ** 16);
    return bytes !== undefined && marker.test(new TextDecoder().decode(bytes));
  } catch {
    // Whoever reads the body is told.
    return false;
  }
}
