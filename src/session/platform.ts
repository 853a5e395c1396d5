/**
 * What an entry hands to `Session`: everything in which Node, edge runtimes and browsers differ.
 */
import type { ProxyOption } from '../types/connection.ts';
import type { CookieJarLike, SessionCookies } from '../types/cookies.ts';
import type { Transport } from '../types/transport.ts';
import type { Clock, Expirable } from '../cancellation/deadline.ts';
import type { HeaderList, SafeHeaders } from '../request/headers.ts';
import type { Outgoing } from '../request/outgoing.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { Place } from '../request/url.ts';

/** A session's cookies on a platform where the session keeps them itself. */
export interface CookieStore extends SessionCookies {
  readonly size: number;
  /** An independent store with the same cookies. */
  copy(baseUrl: () => URL | undefined): CookieStore;
}

/** The cookie layer, where the session keeps cookies: around every hop. */
export interface CookieLayer {
  /** The headers of a hop with its cookies. */
  attach(cookies: SessionCookies | undefined, request: Outgoing): HeaderList | Promise<HeaderList>;
  /** Keeps what a response has set. Where that fails, the response is discarded. */
  store(
    cookies: SessionCookies | undefined,
    request: Outgoing,
    response: SessionResponse,
  ): void | Promise<void>;
  /** The value of a cookie that goes to `url` for a server's visitor, and is in no store. */
  visitor?(name: string, url: URL): string | undefined;
}

/** What the environment sets for calls that set nothing themselves. */
export interface Environment {
  readonly proxy: ProxyOption | undefined;
}

export interface Platform {
  /** An option's value as it is kept here. Throws `UnsupportedError` for what cannot be had. */
  readonly read: (name: string, value: unknown) => unknown;
  /** The headers of a new session, or of a child: those of its `parent`. */
  readonly headers: (parent: Headers | undefined) => SafeHeaders;
  /**
   * What the environment says of connections, read as a session is made, by its `trustEnv` or else
   * as its parent has it; `undefined`: nothing.
   */
  readonly environment?: (
    trustEnv: boolean | null | undefined,
    parent: { readonly environment: Environment | undefined } | undefined,
  ) => Environment | undefined;
  /** The default transport. */
  readonly transport: () => Transport;
  /** What the platform's own transport holds. */
  readonly stats?: (
    transport: Transport | undefined,
  ) => { sockets: number; queued: number; unreadBodies: number } | undefined;
  /** The cookies of a new session; `source` is the `cookies` option. */
  readonly cookies: (
    source: SessionCookies | CookieJarLike | undefined,
    baseUrl: () => URL | undefined,
  ) => SessionCookies;
  readonly cookieLayer?: CookieLayer;
  /** What keeps `timeout.total`. */
  readonly Deadline: new (owner: Expirable) => Clock;
  /** Where an input goes, if that can be told without parsing a URL. */
  readonly place?: (input: string, base: URL | undefined) => Place | undefined;
}
