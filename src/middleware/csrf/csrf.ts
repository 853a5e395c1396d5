import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { SessionState } from '../../model.ts';
import { pageOrigin } from '../../request/base/page.ts';
import { isReplayable } from '../../request/body.ts';
import { isVisible } from '../../request/credentials.ts';
import { isSafe } from '../../request/method.ts';
import { callOf } from '../../request/session-request.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { discard } from '../../response/wrap-response.ts';
import type { Middleware, SessionRequest } from '../../types/middleware.ts';
import type { ResolvedOptions } from '../../types/resolved-options.ts';
import { createTokenSource } from './create-token-source.ts';
import { type CsrfOptions, type CsrfPreset, readCsrfOptions } from './csrf-options.ts';
import { ownOrigins, responsesWithin } from './own-origins.ts';
import { nullPrototype } from '../../options/null-prototype.ts';

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
 * @example
 * ```ts
 * import { csrf, Session } from 'isosession';
 *
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
  const { from, header, rejected } = readCsrfOptions(preset);
  const source = createTokenSource(from);

  return async (request, next) => {
    const { url, body } = request;
    const call = callOf(request);
    const own = ownOrigins(call.state);
    const send = async (token?: string): Promise<SessionResponse> => {
      const response = await next(token ? withToken(request, call.state, header, token) : request);
      if (own.includes(url.origin)) source.learn?.(call, responsesWithin(response, own));
      return response;
    };

    if (!own.includes(url.origin) || !takesToken(request, header)) return send();
    const token = await source.read(call, url);
    const response = await send(token);
    if (!isReplayable(body)) return response;
    // Another origin has not seen the token.
    if (!own.includes(new URL(response.url).origin)) return response;
    if (!(await rejected(response))) return response;
    let newer: string | undefined;
    try {
      newer = await source.read(call, url, token);
    } catch {
      // The rejection is the answer where no other token is to be had.
    }
    if (!newer || newer === token) return response;
    discard(response);
    return send(newer);
  };
}

function takesToken({ method, headers, options }: SessionRequest, header: string): boolean {
  // What servers do not know as safe they want a token with.
  const isAsked = method === 'QUERY' || !isSafe(method);
  return isAsked && !headers.has(header) && options.credentials !== 'omit';
}

function withToken(
  request: SessionRequest,
  state: SessionState,
  header: string,
  token: string,
): SessionRequest {
  if (!isVisible(token)) throw new InvalidRequestError('csrf(): the token must be visible ASCII');
  const headers = new Headers(request.headers);
  headers.set(header, token);
  const options = needsSameOriginMode(request, state)
    ? withSameOriginMode(request.options)
    : request.options;
  return { ...request, headers, options };
}

/**
 * A browser takes every header along on a redirect, unless the mode keeps the call where it is.
 * XMLHttpRequest, which tells of progress, has no such mode.
 */
function needsSameOriginMode(
  { url, options }: SessionRequest,
  { platform }: SessionState,
): boolean {
  const isBrowser = !platform.cookieLayer;
  return isBrowser && !options.onUploadProgress && url.origin === pageOrigin();
}

/** A mode that the call has of its own stays. */
function withSameOriginMode(options: ResolvedOptions): ResolvedOptions {
  const init = nullPrototype<RequestInit>({ mode: 'same-origin' }, options.init);
  return Object.freeze(nullPrototype<ResolvedOptions>(options, { init: Object.freeze(init) }));
}
