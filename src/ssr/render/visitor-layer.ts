import { openCalls } from '../../cancellation/open-calls.ts';
import type { CookieLayer, Outgoing, SessionState } from '../../model.ts';
import { isHarmless } from '../../request/harmless.ts';
import { type HeaderList, filterHeaders, getHeader, setHeader } from '../../request/headers.ts';
import type { UrlParts } from '../../request/url.ts';
import { setCookieLines } from '../../response/foreign-response.ts';
import { SessionResponse } from '../../response/session-response.ts';
import type { SessionCookies } from '../../types/cookies.ts';
import { version } from '../../version.ts';
import { parseLine, refusal } from './set-cookie-line.ts';
import type { RenderOutput } from './render-output.ts';
import { parseCookies, valueOf, type VisitorCookie } from './visitor-cookies.ts';

/** What one visitor's session sends, and where. */
export interface Forwarded {
  /** The declared origins. */
  readonly to: ReadonlySet<string>;
  readonly cookies: readonly VisitorCookie[];
  readonly headers: ReadonlyMap<string, string>;
}

const visitor = Symbol.for(`isosession.visitor ${version}`);

/** Whether it is a {@link VisitorLayer}, of any copy of this version. */
export const isVisitorLayer = (layer: CookieLayer | undefined): layer is VisitorLayer =>
  layer !== undefined && visitor in layer;

/**
 * What stands around every hop of a forwarded session: the cookies and headers of one visitor
 * around the platform's own layer. They go to the declared origins and nowhere else, and what those
 * set is kept for the page.
 */
export class VisitorLayer implements CookieLayer {
  readonly [visitor] = true;
  readonly output: RenderOutput = { setCookies: [], responses: [] };
  readonly #inner: CookieLayer;
  readonly #to: ReadonlySet<string>;
  readonly #headers: ReadonlyMap<string, string>;
  #cookies: readonly VisitorCookie[];
  /** The session, and those of its children that were used. */
  readonly #family = new Set<SessionState>();
  #end: { readonly reason: unknown } | undefined;

  constructor(inner: CookieLayer, { to, cookies, headers }: Forwarded) {
    this.#inner = inner;
    this.#to = to;
    this.#cookies = cookies;
    this.#headers = headers;
  }

  attach(cookies: SessionCookies | undefined, request: Outgoing): HeaderList | Promise<HeaderList> {
    if (this.#end) throw this.#end.reason;
    const { headers, call } = request;
    if (call.state) this.#family.add(call.state);
    if (!this.#isOfVisitor(request))
      return this.#inner.attach(this.#others(cookies, request), {
        ...request,
        headers: this.#withoutVisitor(headers),
      });
    if (!keepsCookies(cookies, request)) return this.#inner.attach(cookies, request);
    return this.#inner.attach(cookies, {
      ...asSecure(request),
      headers: this.#withVisitor(headers),
    });
  }

  store(
    cookies: SessionCookies | undefined,
    request: Outgoing,
    response: SessionResponse,
  ): void | Promise<void> {
    const { pathname } = request.url;
    if (!this.#isOfVisitor(request))
      return this.#inner.store(this.#others(cookies, request), request, response);
    if (!keepsCookies(cookies, request)) return this.#inner.store(cookies, request, response);
    const { setCookies } = SessionResponse.stateOf(response);
    for (const text of setCookies ?? setCookieLines(response.headers) ?? [])
      this.#keep(text, pathname);
    return this.#inner.store(cookies, asSecure(request), response);
  }

  led(request: Outgoing): Outgoing {
    if (this.#isOfVisitor(request)) return request;
    return { ...request, headers: this.#withoutVisitor(request.headers) };
  }

  /** Where the host's redirects lead, and what they take along, nobody knows. */
  forHost(request: Outgoing): Outgoing {
    if (this.#end) throw this.#end.reason;
    if (this.#isOfVisitor(request) && request.options.redirect !== 'follow') return request;
    return { ...request, headers: this.#withoutVisitor(request.headers) };
  }

  visitor(name: string, { origin }: URL): string | undefined {
    if (!this.#to.has(origin)) return undefined;
    const cookie = this.#cookies.find((known) => known.name === name);
    return cookie && valueOf(cookie.pair);
  }

  /** The visitor has gone: ends what is under way, and lets no hop follow. */
  end(reason: unknown): void {
    this.#end = { reason };
    for (const state of this.#family) for (const call of openCalls(state)) call.cancel(reason);
  }

  /**
   * Whether it is sent on the visitor's behalf: to a backend, and by no redirect of somebody else,
   * who could log the visitor in as another user, or act as the visitor.
   */
  #isOfVisitor({ url, passed }: Outgoing): boolean {
    return this.#to.has(url.origin) && passed.every((origin) => this.#to.has(origin));
  }

  /** What a third party may see of the jar: nothing that a backend has set. */
  #others(
    cookies: SessionCookies | undefined,
    { url: { origin } }: Outgoing,
  ): SessionCookies | undefined {
    return this.#to.has(origin) ? undefined : cookies;
  }

  /** A `Set-Cookie` line of a backend, which came in answer to this path. */
  #keep(text: string, at: string): void {
    const line = parseLine(text);
    // What a browser would refuse from the backend sets no cookie.
    if (!line || refusal(line) || this.#inner.isForged?.(line.name, valueOf(line.pair))) return;
    this.output.setCookies.push({ line, at });
    // From here on the jar has it, or it is deleted.
    this.#cookies = this.#cookies.filter(({ name }) => name !== line.name);
  }

  /**
   * The visitor's cookies go before the jar's, where a third party may have set one for the whole
   * domain; those of the call go before them.
   */
  #withVisitor(list: HeaderList): HeaderList {
    const ofCall = getHeader(list, 'cookie');
    const names = new Set(parseCookies(ofCall).map(({ name }) => name));
    const pairs = this.#cookies.filter(({ name }) => !names.has(name)).map(({ pair }) => pair);
    if (!pairs.length) return list;
    if (ofCall) pairs.push(ofCall);
    const merged = list.slice();
    setHeader(merged, 'cookie', pairs.join('; '));
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
function asSecure(request: Outgoing): Outgoing {
  const { href, origin, protocol, hostname, port, pathname, search } = request.url;
  if (protocol === 'https:') return request;
  // By name, since what a `URL` has is not its own.
  const url: UrlParts = { href, origin, protocol: 'https:', hostname, port, pathname, search };
  return { ...request, url };
}
