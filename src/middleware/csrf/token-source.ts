/** Where a CSRF token comes from. */
import { DecodeError } from '../../errors/decode-error.ts';
import { UnsupportedError } from '../../errors/unsupported-error.ts';
import type { Awaitable } from '../../types/context.ts';
import type { RequestOptions } from '../../types/options.ts';
import { Call } from '../../call/call.ts';
import { isVisible } from '../../request/credentials.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { parseUrl } from '../../request/url.ts';
import type { CallInfo, SessionState } from '../../model.ts';

/** One of the places that servers put their token. */
export type CsrfFrom =
  | { cookie: string }
  | { meta: string }
  | { header: string }
  | { url: string; pick?: ((data: unknown) => string) | undefined };

type SessionCall = CallInfo & { readonly state: SessionState };

export interface CsrfSource {
  /**
   * The token for a call to this URL, `undefined` when there is none yet. When `rejected` was sent
   * in vain, it looks for a newer one.
   */
  read(call: SessionCall, url: URL, rejected?: string): Awaitable<string | undefined>;
  /** Takes the token out of a response, for its own origin. */
  learn?(call: SessionCall, response: SessionResponse): void;
}

export function csrfSource(from: CsrfFrom): CsrfSource {
  if ('cookie' in from) return ofCookie(from.cookie);
  if ('meta' in from) return ofMeta(from.meta);
  return 'header' in from ? ofHeader(from.header) : ofEndpoint(from.url, from.pick ?? pickToken);
}

/** Read at each call, since the server changes it as it likes. */
function ofCookie(name: string): CsrfSource {
  return {
    async read({ state: { cookies, cookieLayer }, given }, url) {
      const own = given?.cookies;
      // A script reads the page's cookies; where they are sent as well, `Domain` says, and no
      // script knows.
      const value =
        own && Object.hasOwn(own, name)
          ? own[name]
          : ((cookies && cookieLayer?.visitor?.(name, url)) ??
            (await cookies?.get(name, cookies.jar ? url : globalThis.location.href))?.value);
      return value && decode(value);
    },
  };
}

/** Frameworks percent-encode what a cookie cannot hold. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Read at each call, since the page may have changed it. */
function ofMeta(name: string): CsrfSource {
  return {
    read() {
      const { document } = globalThis as Partial<typeof globalThis>;
      if (!document)
        throw new UnsupportedError(
          `csrf({ from: { meta: '${name}' } }) reads a document, and there is none here: take the token from a cookie, header or url`,
        );
      return Array.from(document.getElementsByTagName('meta')).find((meta) => meta.name === name)
        ?.content;
    },
  };
}

function ofHeader(name: string): CsrfSource {
  const tokens = new TokenStore();
  return {
    read: (call, { origin }) => tokens.of(call, origin).token,
    learn(call, response) {
      for (const { headers, url } of [...response.history, response]) {
        const token = headers.get(name);
        if (token) tokens.of(call, new URL(url).origin).token = token;
      }
    },
  };
}

function ofEndpoint(path: string, pick: (data: unknown) => unknown): CsrfSource {
  const tokens = new TokenStore();
  return {
    read(call, _, rejected) {
      const { href } = parseUrl(
        path,
        call.state.baseUrl ?? globalThis.location?.href,
        'url of csrf',
      );
      // A call without credentials may be the one that gets them: it must not wait for a token that
      // waits for them.
      const options = call.given?.auth === null ? { auth: null } : undefined;
      const held = tokens.of(call, options ? `${href} auth: null` : href);
      // Another call may have fetched a newer one, or be about to.
      if (!held.pending && held.token !== rejected) return held.token;
      held.pending ??= fetchToken(call.state, href, options, pick)
        .then((token) => (held.token = token))
        .finally(() => (held.pending = undefined));
      return held.pending;
    },
  };
}

/**
 * By a call of its own: it must not end with the one that happened to be the first to need the
 * token.
 */
async function fetchToken(
  state: SessionState,
  href: string,
  options: RequestOptions | undefined,
  pick: (data: unknown) => unknown,
): Promise<string> {
  const call = new Call(state, href, options, 'GET', false);
  call.accept = 'application/json';
  const response = (await call.run(false)).throwForStatus();
  const token = pick(await response.json());
  if (isVisible(token)) return token;
  throw new DecodeError(
    `No CSRF token in what ${response.url} answered: say where by csrf({ from: { url, pick } })`,
    { request: response.request },
  );
}

/** The names that servers give it. */
const names = ['csrfToken', 'csrf_token', 'xsrfToken', 'csrf', '_csrf', 'token'];

function pickToken(data: unknown): unknown {
  const name = names.find((key) => Object.hasOwn(Object(data) as object, key));
  return name ? (data as Record<string, unknown>)[name] : data;
}

interface Held {
  token: string | undefined;
  pending: Promise<string> | undefined;
}

/**
 * Tokens by whose they are. The middleware of a session is its children's too, and each visitor of
 * a server has a child: a token belongs to the cookies that it goes with, and to the place that it
 * came from.
 */
class TokenStore {
  readonly #byOwner = new WeakMap<object, Map<string, Held>>();

  of({ state }: SessionCall, place: string): Held {
    // A page has one store of cookies, whatever sessions are in it.
    const owner = state.cookies ? (state.cookies.jar ?? this) : state;
    let places = this.#byOwner.get(owner);
    if (!places) this.#byOwner.set(owner, (places = new Map()));
    let held = places.get(place);
    if (!held) places.set(place, (held = { token: undefined, pending: undefined }));
    return held;
  }
}
