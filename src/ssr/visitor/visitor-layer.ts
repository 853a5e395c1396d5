/** What stands around every hop of a forwarded session. */
import { Call } from '../../call/call.ts';
import { filterHeaders, getHeader, type HeaderList, setHeader } from '../../request/headers.ts';
import { SessionResponse } from '../../response/session-response.ts';
import { isHarmless } from '../../request/harmless-headers.ts';
import type { UrlParts } from '../../request/url.ts';
import type { SessionCookies } from '../../types/cookies.ts';
import type { Render } from '../hydration/render.ts';
import { parseLine, refusal } from '../cookies/set-cookie-line.ts';
import { parseCookies, type VisitorCookie } from './visitor-cookies.ts';
import type { CookieLayer, Outgoing, SessionState } from '../../model.ts';

/**
 * The cookies and headers of one visitor around the platform's own layer: they go to the declared
 * origins and nowhere else, and what those set is kept for the page.
 */
export class VisitorLayer implements CookieLayer {
  readonly render: Render;
  readonly #inner: CookieLayer;
  readonly #to: ReadonlySet<string>;
  readonly #headers: ReadonlyMap<string, string>;
  #cookies: readonly VisitorCookie[];
  /** The session, and those of its children that were used. */
  readonly #family = new Set<SessionState>();
  #end: { readonly reason: unknown } | undefined;

  constructor(
    inner: CookieLayer,
    to: ReadonlySet<string>,
    cookies: readonly VisitorCookie[],
    headers: ReadonlyMap<string, string>,
    render: Render,
  ) {
    this.#inner = inner;
    this.#to = to;
    this.#cookies = cookies;
    this.#headers = headers;
    this.render = render;
  }

  attach(cookies: SessionCookies | undefined, request: Outgoing): HeaderList | Promise<HeaderList> {
    if (this.#end) throw this.#end.reason;
    // What passes here is the call of a session.
    this.#family.add((request.call as Call).state);
    const { headers } = request;
    if (!this.#to.has(request.url.origin))
      return this.#inner.attach(cookies, { ...request, headers: this.#withoutVisitor(headers) });
    return this.#inner.attach(
      cookies,
      keepsCookies(cookies, request)
        ? { ...trusted(request), headers: this.#withVisitor(headers) }
        : request,
    );
  }

  store(
    cookies: SessionCookies | undefined,
    request: Outgoing,
    response: SessionResponse,
  ): void | Promise<void> {
    const { origin, pathname } = request.url;
    if (!this.#to.has(origin) || !keepsCookies(cookies, request))
      return this.#inner.store(cookies, request, response);
    for (const text of SessionResponse.stateOf(response).setCookies ??
      response.headers.getSetCookie()) {
      const line = parseLine(text);
      // What a browser would refuse from the backend sets no cookie.
      if (!line || refusal(line)) continue;
      this.render.setCookies.push({ line, at: pathname });
      // From here on the jar has it, or it is deleted.
      this.#cookies = this.#cookies.filter(({ name }) => name !== line.name);
    }
    return this.#inner.store(cookies, trusted(request), response);
  }

  visitor(name: string, { origin }: URL): string | undefined {
    const pair = this.#to.has(origin)
      ? this.#cookies.find((cookie) => cookie.name === name)?.pair
      : undefined;
    return pair?.slice(pair.indexOf('=') + 1);
  }

  /** The visitor has gone: ends what is under way, and lets no hop follow. */
  end(reason: unknown): void {
    this.#end = { reason };
    for (const state of this.#family) for (const call of Call.of(state)) call.cancel(reason);
  }

  /**
   * They go before the jar's, where a third party may have set one for the whole domain; those of
   * the call go before them.
   */
  #withVisitor(list: HeaderList): HeaderList {
    const others = getHeader(list, 'cookie');
    const names = new Set(parseCookies(others).map(({ name }) => name));
    const pairs = this.#cookies.filter(({ name }) => !names.has(name)).map(({ pair }) => pair);
    if (!pairs.length) return list;
    const merged = list.slice();
    setHeader(merged, 'cookie', [...pairs, ...(others ? [others] : [])].join('; '));
    return merged;
  }

  /** A session without a base URL would give its headers to everybody. */
  #withoutVisitor(list: HeaderList): HeaderList {
    return filterHeaders(
      list,
      (name) => isHarmless(name) || this.#headers.get(name) !== getHeader(list, name),
    );
  }
}

function keepsCookies(cookies: SessionCookies | undefined, { options }: Outgoing): boolean {
  return cookies !== undefined && options.credentials !== 'omit';
}

/**
 * For the jar, a declared backend is as good as one over TLS, whose `Secure` cookies the visitor
 * has: within a data centre TLS often ends before it.
 */
function trusted(request: Outgoing): Outgoing {
  const { href, origin, protocol, hostname, port, pathname, search } = request.url;
  if (protocol === 'https:') return request;
  return {
    ...request,
    url: { href, origin, protocol: 'https:', hostname, port, pathname, search } satisfies UrlParts,
  };
}
