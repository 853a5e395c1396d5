/**
 * The records that the layers share: what a call, a request, a session and a platform are inside.
 * Types alone, in one file, as each speaks of the others.
 *
 * @module
 */
import type { Cancellation } from './cancellation/cancellation.ts';
import type { ClockClass } from './cancellation/deadline.ts';
import type { SessionError } from './errors/session-error.ts';
import type { RetryBudget } from './middleware/retry-budget.ts';
import type { HeaderList } from './request/headers.ts';
import type { SafeHeaders } from './request/safe-headers.ts';
import type { RequestParts } from './request/sent-request.ts';
import type { Queueing } from './request/streams.ts';
import type { UrlParts } from './request/url.ts';
import type { OpenBody } from './response/body/body-source.ts';
import type { SessionResponse, SessionResponseState } from './response/session-response.ts';
import type { HstsHosts } from './transports/hsts-hosts.ts';
import type { ProxyOption, TlsOptions } from './types/connection.ts';
import type { Awaitable, CallContext } from './types/context.ts';
import type { CookieJarLike, CookieRecord, SessionCookies } from './types/cookies.ts';
import type { Auth, Middleware, Hooks } from './types/middleware.ts';
import type { CallOptions, FetchInit, RequestOptions, SessionOptions } from './types/options.ts';
import type { BodyOptions, RequestBody } from './types/request.ts';
import type { ResolvedOptions } from './types/resolved-options.ts';
import type { Transport } from './types/transport.ts';

/** The options of a call, of which whoever has no types may give more than one body. */
export type CallerOptions = CallOptions & BodyOptions;

/**
 * Options as they were given, checked: own keys only, `undefined` left out, `null` where something
 * is to be removed.
 */
export type GivenOptions = CallerOptions & SessionOptions;

/** What layers know of the call that a request belongs to. */
export interface CallInfo {
  /** The attempt under way, counted from 1. */
  attempts: number;
  readonly context: CallContext;
  /** When `timeout.total` ends it, by `performance.now()`. */
  readonly deadline: number;
  /** The options of the call itself, as they were read. */
  readonly given: GivenOptions | undefined;
  /** By `session.fetch`: it fails as fetch does. */
  readonly asFetch: boolean;
  /** Its session, `undefined` outside of any. */
  readonly state: SessionState | undefined;
  /** Its request is made out of a response: what has led to that. */
  readonly trail?: Trail | undefined;
}

/** A call of a session that has not ended: its response is awaited, or its body still open. */
export interface RunningCall extends CallInfo {
  readonly state: SessionState;
  /** What the caller asked for. */
  readonly input: string | URL | Request;
  /** As it entered the pipeline; `undefined` until it is prepared. */
  readonly request: Outgoing | undefined;
  /** Its response has come, or it has failed. */
  readonly settled: boolean;
  /** The one that was running when it began. */
  readonly older: RunningCall | undefined;
  cancel(reason: unknown): void;
  /** Ends its bodies that nobody reads. */
  cancelUnread(): void;
}

/**
 * One request on its way to the transport. Layers copy it (`{...request, headers}`) and never
 * change what they were given. Headers are a flat list and the URL has neither userinfo nor
 * fragment; `Headers` and `URL` are made only for those who want them.
 */
export interface Outgoing extends RequestParts {
  readonly call: CallInfo;
  readonly body: RequestBody;
  readonly options: ResolvedOptions;
  readonly cancellation: Cancellation;
  /** The credentials of this request, applied innermost. */
  readonly auth: Auth | null | undefined;
  /**
   * Whose secrets may go along beyond what stands here, such as a client certificate: the session's
   * and the call's, the call's own, or no more, since a hop has dropped what was secret.
   */
  readonly secrets: 'all' | 'own' | 'none';
  /** Cookies of this call alone. */
  readonly cookies: Readonly<Record<string, string>> | undefined;
  /** Redirects that led here. */
  readonly hop: number;
  /** The origins that have led here: of the hops before, and of the responses before the call. */
  readonly passed: readonly string[];
  /** Whose it is, where that was worked out before the jar's cookies were attached. */
  readonly identity: object | undefined;
  /** ms of `timeout.response` that earlier hops have used. */
  readonly responseTimeUsed: number;
}

/** What is known of the requests that have led to another one. */
export type Trail = Pick<Outgoing, 'passed'> & {
  /** Whether they have dropped what is secret. */
  readonly secrets: 'none' | undefined;
  /** Throws where the body of the call may not follow a redirect. */
  readonly checkBodyHop?: ((url: URL) => void) | undefined;
};

/** A response that leads to a call, and how far it may lead that call's body. */
export interface LeadingResponse extends Pick<Trail, 'checkBodyHop'> {
  readonly response: SessionResponse;
}

/** A response that may lead on, and what led to it. */
export interface Hop {
  readonly request: Outgoing;
  readonly response: SessionResponse;
  /** The redirects before it: it takes its place among them. */
  readonly history: SessionResponse[];
  /** In the scope of the session's credentials; `undefined`: every origin. */
  readonly trustedOrigins: ReadonlySet<string> | undefined;
}

/** The next layer towards the transport. */
export type Handler = (request: Outgoing) => Promise<SessionResponse>;

/** What stands before a body. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn; a name may repeat. */
  readonly headers: readonly string[];
}

/** Why a session ends at once. */
export interface Failure {
  readonly reason: unknown;
}

/** The transport that a family of sessions shares. */
export interface Connections {
  /** By the `transport` option. */
  readonly given: Transport | undefined;
  /** The platform's, made when the first call needs it. */
  made: Transport | undefined;
  /** Made when a call is first to be repeated. */
  retryBudget: RetryBudget | undefined;
  closed: boolean;
  /** Why they were ended at once. */
  failure: Failure | undefined;
}

/** The user's middleware, by how often it runs; the first of a ring is the outermost. */
export type Rings = Readonly<Record<'call' | 'attempt' | 'hop', Middleware[]>>;

export interface SessionState {
  readonly platform: Platform;
  /** Sends a request of this session through every layer. */
  readonly send: Handler;
  /** A call on behalf of others, which is not refused while the session is being closed. */
  readonly callPart: (
    url: string,
    options: RequestOptions | undefined,
    accept: string,
    from?: LeadingResponse,
  ) => Promise<SessionResponse>;
  /** `session.fetch`; `own`: options of the call that no init has. */
  readonly fetch: (
    input: string | URL | Request,
    init: FetchInit | undefined,
    own?: RequestOptions,
  ) => Promise<Response>;
  readonly headers: SafeHeaders;
  readonly searchParams: URLSearchParams;
  cookies: KeptCookies | undefined;
  /** Around every hop: the platform's, or that of a forwarded session. */
  cookieLayer: CookieLayer | undefined;
  /** Absolute; `undefined` also while a relative one has nothing to resolve against. */
  baseUrl: URL | undefined;
  /** As it was given, without its query: each call resolves it anew. */
  relativeBaseUrl: string | undefined;
  /** Throws for an input that, resolved against this base, may not lead to this URL. */
  refuse: ((input: string | URL, url: URL, base: URL | undefined) => void) | undefined;
  /** Those that may see what the session adds by default; `undefined`: every origin. */
  trustedOrigins: ReadonlySet<string> | undefined;
  origins: readonly string[];
  auth: Auth | undefined;
  /** Those that stood in `baseUrl`, and go with its origin. */
  userinfo: Auth | undefined;
  options: ResolvedOptions;
  context: CallContext | undefined;
  hooks: Hooks;
  readonly rings: Rings;
  /** Code of the user's stands in the pipeline, which need not end when the call is ended. */
  hasUserCode: boolean;
  /** By prefix, the longest first; `mount` makes it anew, as children have it too. */
  mounts: ReadonlyMap<string, Transport>;
  readonly connections: Connections;
  /** It made them, and ends them; a child leaves its parent's open. */
  ownsConnections: boolean;
  readonly environment: Environment | undefined;
  /** The hosts that are called by TLS alone; shared with children. */
  hsts: HstsHosts | undefined;
  /** What ends with this session. */
  readonly owned: Set<Pick<Transport, 'close' | 'destroy'>>;
  /** The head of the running calls. */
  newest: RunningCall | undefined;
  closed: boolean;
  /** Its calls have ended, too: nothing is sent any more. */
  ended: boolean;
  /** Why it was ended at once. */
  failure: Failure | undefined;
  /** Told when a call and its body have ended. */
  onCallEnd: (() => void) | undefined;
}

/** A session's cookies, with what those have that the session keeps itself. */
export interface KeptCookies extends SessionCookies {
  readonly size?: number;
  /** Independent ones that are the same now. */
  copy?(baseUrl: () => URL | undefined): KeptCookies;
  /** Tells of each cookie that is set or removed from now on; a custom store tells of none. */
  watch?(listener: (record: CookieRecord) => void): void;
}

/** The cookie layer, where the session keeps cookies: around every hop. */
export interface CookieLayer {
  /** Whether a server may read a cookie's name with a prefix that nobody has earned. */
  isForged?(name: string, value: string): boolean;
  /** The headers of a hop with its cookies. */
  attach(cookies: SessionCookies | undefined, request: Outgoing): HeaderList | Promise<HeaderList>;
  /** Keeps what a response has set. Where that fails, the response is discarded. */
  store(
    cookies: SessionCookies | undefined,
    request: Outgoing,
    response: SessionResponse,
  ): void | Promise<void>;
  /** A hop that a middleware has led to another origin, after cookies were attached. */
  led?(request: Outgoing): Outgoing;
  /** A request as a host is given it that makes the hops itself. */
  forHost?(request: Outgoing): Outgoing;
  /** The value of a cookie that goes to `url` for a server's visitor, and is in no store. */
  visitor?(name: string, url: URL): string | undefined;
}

/** What the environment sets for calls that set nothing themselves. */
export interface Environment {
  readonly proxy: ProxyOption | undefined;
}

/** TLS settings, and the client certificate among them. */
export interface CertifiedTls extends TlsOptions {
  /** The same for the same certificate alone; `undefined`: there is none. */
  readonly certificateId: string | undefined;
}

export interface Platform {
  /** An option's value as it is kept here. Throws `UnsupportedError` for what cannot be had. */
  readonly read: (name: string, value: unknown) => unknown;
  /** The headers of a new session, or of a child: those of its `parent`. */
  readonly headers: (parent: Headers | undefined) => SafeHeaders;
  /** What the environment says of connections, by `trustEnv` or else as the parent has it. */
  readonly environment?: (
    trustEnv: boolean | null | undefined,
    parent: { readonly environment: Environment | undefined } | undefined,
  ) => Environment | undefined;
  /** The TLS settings of a request, without a client certificate that may not go along. */
  readonly tlsFor?: (request: Outgoing) => CertifiedTls | undefined;
  /** The default transport. */
  readonly transport: () => Transport;
  /** What the platform's own transport holds. */
  readonly stats?: (
    transport: Transport | undefined,
  ) => { sockets: number; queued: number; unreadBodies: number } | undefined;
  /** The cookies of a new session; `given`: the `cookies` option. */
  readonly cookies: (
    given: SessionCookies | CookieJarLike | undefined,
    baseUrl: () => URL | undefined,
  ) => SessionCookies;
  readonly cookieLayer?: CookieLayer;
  /** A memory for a session with `hsts`, where the host has none of its own. */
  readonly hsts?: () => HstsHosts;
  /** Whether an error stays however often one asks, where the host says so much of its errors. */
  readonly isPermanent?: (error: SessionError) => boolean;
  /** Whether an error says that no byte of its request was sent, where the host knows. */
  readonly isUnsent?: (error: unknown) => boolean;
  /** The request that a redirect leads to, where the host follows none. */
  readonly nextHop: (hop: Hop) => Awaitable<Outgoing | undefined>;
  /** ms from `now` that the headers of a response ask to wait; `undefined`: they do not say. */
  readonly serverDelay: (headers: Headers, now: number) => Awaitable<number | undefined>;
  /** What keeps the timeouts of a call. */
  readonly Deadline: ClockClass;
  /** A response out of data, where the host's own would cost more than the data. */
  readonly respond?: (head: ResponseHead, state: SessionResponseState) => SessionResponse;
  /** How the body of a response is read, where the host's default reader costs more. */
  readonly openBody?: OpenBody;
  /** How chunks wait for their reader, where the host's own queues take quadratic time. */
  readonly queueing?: Queueing;
  /** Where an input goes, if that can be told without parsing a URL. */
  readonly parseFastUrl?: (input: string, base: URL | undefined) => UrlParts | undefined;
}
