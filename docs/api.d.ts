// The public API. Written by `npm run api`; a test compares it with the build.

// isosession

type AtMostOne<T> = {
    [Name in keyof T]-?: Pick<T, Name> & {
        [Other in Exclude<keyof T, Name>]?: undefined;
    };
}[keyof T];
type Auth = Middleware;
type Awaitable<T> = T | Promise<T>;
declare abstract class BaseSession implements AsyncDisposable {
    #private;
    get headers(): Headers;
    get searchParams(): URLSearchParams;
    get cookies(): SessionCookies;
    get baseUrl(): URL | string | undefined;
    set baseUrl(value: string | URL | null | undefined);
    get auth(): Auth | undefined;
    set auth(value: Auth | null | undefined);
    get timeout(): TimeoutOptions;
    set timeout(value: number | false | TimeoutOptions | null | undefined);
    get retry(): RetryOptions;
    set retry(value: number | false | RetryOptions | null | undefined);
    get maxRedirects(): number;
    set maxRedirects(value: number | null | undefined);
    get proxy(): ProxyOption | undefined;
    set proxy(value: ProxyOption | null | undefined);
    get tls(): TlsOptions | undefined;
    set tls(value: TlsOptions | null | undefined);
    request(input: Input, options?: RequestOptions): ResponsePromise;
    get(input: Input, options?: CallOptions): ResponsePromise;
    post(input: Input, options?: RequestOptions): ResponsePromise;
    put(input: Input, options?: RequestOptions): ResponsePromise;
    patch(input: Input, options?: RequestOptions): ResponsePromise;
    delete(input: Input, options?: RequestOptions): ResponsePromise;
    head(input: Input, options?: CallOptions): ResponsePromise;
    options(input: Input, options?: RequestOptions): ResponsePromise;
    query(input: Input, options?: RequestOptions): ResponsePromise;
    paginate(input: Input, options?: PaginateOptions): AsyncIterableIterator<SessionResponse>;
    readonly fetch: (input: Input, init?: FetchInit | undefined) => Promise<Response>;
    use(middleware: Middleware | readonly Middleware[], options?: UseOptions): this;
    mount(prefix: string | URL, transport: Transport): this;
    extend(options?: ExtendOptions): this;
    snapshot(options?: SnapshotOptions): Promise<SessionSnapshot>;
    static restore<T extends BaseSession>(this: new (options?: SessionOptions) => T, snapshot: SessionSnapshot, options?: SessionOptions): T;
    get capabilities(): Capabilities;
    stats(): SessionStats;
    get closed(): boolean;
    close(): Promise<void>;
    destroy(reason?: unknown): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
type Body = NonNullable<RequestInit["body"]>;
type BodyIterable = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;
type BodyOption = Body | BodyIterable | (() => Awaitable<Body | BodyIterable | null>) | null;
interface BodyOptions {
    json?: unknown;
    form?: FormOption | undefined;
    body?: BodyOption | undefined;
}
type CallContext = SessionContext & Record<string, unknown>;
interface CallOptions extends SharedOptions {
    method?: string | undefined;
    searchParams?: SearchParamsOption | null | undefined;
    cookies?: Record<string, string> | null | undefined;
    idempotencyKey?: string | true | null | undefined;
    signal?: AbortSignal | null | undefined;
}
interface Capabilities {
    readonly redirects: boolean;
    readonly jar: boolean;
    readonly proxy: boolean;
    readonly tls: boolean;
    readonly decompress: boolean;
    readonly uploadStreams: boolean;
    readonly uploadProgress: boolean;
    readonly timings: boolean;
}
interface ConnectionInfo {
    readonly httpVersion: "1.1" | "2";
    readonly reused: boolean;
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
    readonly localPort: number | undefined;
    readonly alpn: string | undefined;
    readonly tlsVersion: string | undefined;
}
interface CookieAccess {
    http?: boolean | undefined;
}
interface CookieJarLike {
    readonly store: object;
    setCookie(cookie: string, url: string, options?: object): Promise<unknown>;
    getCookies(url: string, options?: object): Promise<unknown[]>;
    getCookieString(url: string, options?: object): Promise<string>;
    removeAllCookies(): Promise<void>;
}
interface CookieRecord {
    name: string;
    value: string;
    domain?: string | null | undefined;
    path?: string | undefined;
    expires?: number | null | undefined;
    secure?: boolean | undefined;
    sameSite?: "strict" | "lax" | "none" | undefined;
    partitioned?: boolean | undefined;
    partitionKey?: string | undefined;
    httpOnly?: boolean | undefined;
    hostOnly?: boolean | undefined;
}
type CookieRejection = "empty" | "ctl" | "too-large" | "domain-mismatch" | "domain-invalid" | "public-suffix" | "path-non-ascii" | "secure-from-insecure" | "secure-overlay" | "httponly-from-script" | "httponly-overwrite" | "samesite-none-insecure" | "prefix-secure" | "prefix-host" | "prefix-http" | "prefix-nameless" | "prefix-blank" | "partition-missing" | "expired" | "global-evicted" | "policy";
type CsrfFrom = {
    cookie: string;
} | {
    meta: string;
} | {
    header: string;
} | {
    url: string;
    pick?: ((data: unknown) => string) | undefined;
};
interface CsrfOptions {
    from?: CsrfFrom | undefined;
    header?: string | undefined;
    rejected?: ((response: SessionResponse) => boolean) | undefined;
}
type CsrfPreset = "angular" | "django" | "laravel" | "rails" | "spring";
declare class DecodeError extends SessionError {
    readonly code = "ERR_DECODE";
}
interface ErrorDetails {
    request?: SentRequest | undefined;
    context?: CallContext | undefined;
    cause?: unknown;
}
type EventStreamOptions = RequestOptions & {
    lastEventId?: string | undefined;
    limit?: number | undefined;
    onOpen?: ((response: SessionResponse) => Awaitable<void>) | undefined;
    onReconnect?: ((state: {
        delay: number;
        attempt: number;
    }) => Awaitable<void>) | undefined;
};
interface ExtendOptions extends Omit<SessionOptions, "cookies"> {
    cookies?: "share" | "copy" | "new" | SessionCookies | CookieJarLike | false | null | undefined;
}
type FetchBody = RequestInit["body"] | Uint8Array;
type FetchInit = {
    [Name in keyof RequestInit]?: (Name extends "body" ? FetchBody : RequestInit[Name]) | undefined;
};
interface FetchTransportOptions {
    fetch?: ((input: Request, init: RequestInit) => Promise<Response> | Response) | undefined;
    managed?: boolean | undefined;
    signal?: "given" | undefined;
}
type FormOption = URLSearchParams | readonly (readonly [
    string,
    Scalar
])[] | Record<string, Scalar | null | undefined | readonly Scalar[]>;
declare class HTTPError<T = unknown> extends SessionError {
    static readonly [Symbol.hasInstance]: (error: unknown) => error is HTTPError;
    readonly code = "ERR_HTTP_STATUS";
    readonly status: number;
    readonly response: SessionResponse;
    readonly data: T | undefined;
    constructor(response: SessionResponse, data?: unknown, details?: ErrorDetails);
    static is<T = unknown>(error: unknown): error is HTTPError<T>;
}
type HeadersOption = NonNullable<RequestInit["headers"]> | Record<string, string | number | null | undefined>;
interface HookState {
    request: SessionRequest;
    context: CallContext;
}
interface Hooks {
    beforeRequest?: readonly ((state: HookState) => Awaitable<Response | void>)[] | undefined;
    afterResponse?: readonly ((state: HookState & {
        response: SessionResponse;
    }) => Awaitable<Response | void>)[] | undefined;
    beforeError?: readonly ((state: HookState & {
        error: unknown;
    }) => Awaitable<Error | void>)[] | undefined;
    beforeRetry?: readonly ((state: HookState & {
        response?: SessionResponse;
        error?: unknown;
        attempt: number;
        delay: number;
    }) => Awaitable<void>)[] | undefined;
}
interface HopTrace {
    readonly timings?: ResponseTimings | undefined;
    readonly connection?: ConnectionInfo | undefined;
    readonly trailers?: Promise<Headers> | undefined;
}
type HostResponse = Omit<Response, "redirected" | "url" | "body" | "bodyUsed" | "json" | "text" | "bytes" | "arrayBuffer" | "blob" | "formData" | "clone">;
interface HstsRecord {
    readonly host: string;
    readonly includeSubDomains: boolean;
    readonly expires: number;
}
type InferOutput<S extends StandardSchemaV1> = NonNullable<S["~standard"]["types"]>["output"];
type Input = string | URL | Request;
interface InterimResponse {
    readonly status: number;
    readonly headers: Headers;
}
declare class InvalidRequestError extends SessionError {
    readonly code = "ERR_INVALID_REQUEST";
}
interface Link {
    readonly url: string;
    readonly rel: string;
    readonly [parameter: string]: string;
}
interface Lock {
    run<T>(key: string, task: (signal: AbortSignal, fence: number) => Promise<T>): Promise<T>;
}
interface LockHold {
    readonly signal: AbortSignal;
    readonly fence: number;
}
interface Middleware {
    (request: SessionRequest, next: Next): Promise<Response>;
    readonly around?: Ring | undefined;
    stats?(): {
        readonly queued: number;
    };
}
declare class NetworkError extends SessionError {
    readonly code = "ERR_NETWORK";
}
type Next = (request: SessionRequest) => Promise<SessionResponse>;
type PaginateOptions = RequestOptions & {
    nextPage?: ((response: SessionResponse) => Awaitable<string | URL | Request | RequestOptions | undefined>) | undefined;
    limit?: number | undefined;
};
type Pem = string | Uint8Array;
interface Progress {
    percent: number;
    transferredBytes: number;
    totalBytes: number;
}
type ProgressCallback = (progress: Progress, chunk: Uint8Array) => void;
declare const PromiseBase: new (host: object | undefined) => Promise<SessionResponse>;
declare class ProxyError extends SessionError {
    readonly code = "ERR_PROXY";
    readonly status: number | undefined;
    readonly challenge: string | undefined;
}
type ProxyOption = string | URL | false | {
    http?: string | undefined;
    https?: string | undefined;
    all?: string | undefined;
    noProxy?: string | readonly string[] | undefined;
    headers?: Readonly<Record<string, string>> | undefined;
};
interface RefreshOptions {
    load(): Awaitable<Tokens | null | undefined>;
    renew(current: Tokens | undefined, signal: AbortSignal): Promise<Tokens>;
    save?(tokens: Tokens, held: LockHold): Awaitable<void>;
    apply?(request: SessionRequest, tokens: Tokens): Awaitable<void>;
    isExpired?(tokens: Tokens): boolean;
    lock?: Lock | undefined;
    renewals?: {
        count: number;
        per: number;
    } | false | undefined;
}
interface RefusedCookie {
    record: CookieRecord;
    rejected: CookieRejection;
    problem?: string;
}
type RequestBody = string | Uint8Array | Blob | FormData | AsyncIterable<Uint8Array | string> | null;
type RequestOptions = CallOptions & AtMostOne<BodyOptions>;
interface ResolvedOptions {
    readonly timeout: Readonly<TimeoutOptions>;
    readonly retry: Readonly<RetryOptions>;
    readonly idempotencyKey: string | true | undefined;
    readonly maxRedirects: number;
    readonly throwHttpErrors: boolean | ((status: number) => boolean) | undefined;
    readonly parseJson: ((text: string) => unknown) | undefined;
    readonly stringifyJson: ((value: unknown) => string) | undefined;
    readonly onUploadProgress: ProgressCallback | undefined;
    readonly onDownloadProgress: ProgressCallback | undefined;
    readonly onInformation: ((response: InterimResponse) => void) | undefined;
    readonly maxResponseSize: number | undefined;
    readonly keepHeaders: readonly string[];
    readonly redirect: NonNullable<RequestInit["redirect"]>;
    readonly credentials: RequestInit["credentials"] | undefined;
    readonly integrity: string | undefined;
    readonly transport: Transport | undefined;
    readonly init: Readonly<RequestInit & {
        decompress?: boolean | undefined;
        proxy?: ProxyOption | undefined;
        tls?: TlsOptions | undefined;
    }>;
}
declare const ResponseBase: new (host: object | undefined) => HostResponse & HopTrace;
declare class ResponsePromise extends PromiseBase {
    #private;
    json<S extends StandardSchemaV1>(schema: S): Promise<InferOutput<S>>;
    json<T = unknown>(): Promise<T>;
    text(encoding?: string): Promise<string>;
    bytes(): Promise<Uint8Array<ArrayBuffer>>;
    arrayBuffer(): Promise<ArrayBuffer>;
    blob(): Promise<Blob>;
    formData(): Promise<FormData>;
    lines(encoding?: string): AsyncGenerator<string, void, undefined>;
    events(): AsyncGenerator<ServerSentEvent, void, undefined>;
}
interface ResponseTimings {
    readonly queued: number;
    readonly dns: number;
    readonly connect: number;
    readonly tls: number;
    readonly request: number;
    readonly wait: number;
    readonly body: number | undefined;
}
declare class ResponseTooLargeError extends SessionError {
    readonly code = "ERR_RESPONSE_TOO_LARGE";
    readonly limit: number;
    constructor(limit: number, details?: ErrorDetails, message?: string);
}
interface RetryOptions {
    limit?: number | undefined;
    budget?: number | false | undefined;
    methods?: readonly string[] | undefined;
    statusCodes?: readonly number[] | undefined;
    afterStatusCodes?: readonly number[] | undefined;
    maxRetryAfter?: number | undefined;
    delay?: ((attempt: number) => number) | undefined;
    backoffLimit?: number | undefined;
    jitter?: boolean | ((delay: number) => number) | undefined;
    retryOnTimeout?: boolean | undefined;
    shouldRetry?: ((state: RetryState) => Awaitable<boolean | undefined>) | undefined;
}
interface RetryState {
    error?: unknown;
    response?: SessionResponse;
    attempt: number;
}
type Ring = "call" | "attempt" | "hop";
type Scalar = string | number | boolean | bigint;
declare class SchemaError extends SessionError {
    readonly code = "ERR_SCHEMA";
    readonly issues: readonly SchemaIssue[];
    constructor(issues: readonly SchemaIssue[], details?: ErrorDetails);
}
interface SchemaIssue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | {
        readonly key: PropertyKey;
    })[] | undefined;
}
type SearchParamsOption = string | URLSearchParams | readonly (readonly [
    string,
    Scalar
])[] | Record<string, Scalar | null | undefined | readonly Scalar[]>;
interface SentRequest {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    toString(): string;
}
interface ServerSentEvent {
    type: string;
    data: string;
    id: string;
    retry: number | undefined;
}
declare class Session extends BaseSession {
    constructor(options?: SessionOptions);
}
declare class SessionClosedError extends SessionError {
    readonly code = "ERR_SESSION_CLOSED";
    constructor(message?: string, details?: ErrorDetails);
}
interface SessionContext {
}
interface SessionCookies {
    get(name: string, url?: string | URL, access?: CookieAccess): Promise<CookieRecord | undefined>;
    getAll(url?: string | URL, access?: CookieAccess): Promise<CookieRecord[]>;
    set(cookie: string | CookieRecord, url?: string | URL, access?: CookieAccess): Promise<CookieRecord | {
        rejected: CookieRejection;
    }>;
    delete(name: string, url?: string | URL, access?: CookieAccess): Promise<boolean>;
    clear(): Promise<void>;
    header(url?: string | URL, access?: CookieAccess): Promise<string>;
    export(): Promise<CookieRecord[]>;
    import(records: readonly CookieRecord[]): Promise<RefusedCookie[]>;
    readonly jar: CookieJarLike | undefined;
    toJSON(): unknown;
}
declare abstract class SessionError extends Error {
    abstract readonly code: SessionErrorCode;
    request: SentRequest | undefined;
    context: CallContext | undefined;
    constructor(message: string, details?: ErrorDetails);
    static is(error: unknown): error is SessionError;
    toJSON(): Record<string, unknown>;
}
type SessionErrorCode = "ERR_HTTP_STATUS" | "ERR_NETWORK" | "ERR_TIMEOUT" | "ERR_TOO_MANY_REDIRECTS" | "ERR_RESPONSE_TOO_LARGE" | "ERR_DECODE" | "ERR_SCHEMA" | "ERR_INVALID_REQUEST" | "ERR_PROXY" | "ERR_SESSION_CLOSED" | "ERR_UNSUPPORTED" | "ERR_STORE";
interface SessionOptions extends SharedOptions {
    baseUrl?: string | URL | null | undefined;
    origins?: readonly string[] | null | undefined;
    searchParams?: Exclude<SearchParamsOption, string> | null | undefined;
    cookies?: SessionCookies | CookieJarLike | false | null | undefined;
    idempotencyKey?: true | null | undefined;
    hooks?: Hooks | null | undefined;
    hsts?: boolean | null | undefined;
    trustEnv?: boolean | undefined;
}
interface SessionRequest {
    method: string;
    url: URL;
    headers: Headers;
    body: RequestBody;
    signal: AbortSignal | undefined;
    context: CallContext;
    options: ResolvedOptions;
    readonly attempt: number;
    readonly hop: number;
    readonly identity: object;
}
declare class SessionResponse extends ResponseBase {
    #private;
    static is(value: unknown): value is SessionResponse;
    get request(): SentRequest;
    get history(): readonly SessionResponse[];
    get cookies(): Readonly<Record<string, string>>;
    get elapsed(): number;
    get attempts(): number;
    get links(): Record<string, Link>;
    get redirected(): boolean;
    get url(): string;
    get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null;
    get bodyUsed(): boolean;
    throwForStatus(): this;
    json<S extends StandardSchemaV1>(schema: S): Promise<InferOutput<S>>;
    json<T = unknown>(): Promise<T>;
    text(encoding?: string): Promise<string>;
    bytes(): Promise<Uint8Array<ArrayBuffer>>;
    arrayBuffer(): Promise<ArrayBuffer>;
    blob(): Promise<Blob>;
    formData(): Promise<FormData>;
    clone(): SessionResponse;
    lines(encoding?: string): AsyncGenerator<string, void, undefined>;
    events(): AsyncGenerator<ServerSentEvent, void, undefined>;
}
interface SessionSnapshot {
    readonly version: 1;
    readonly baseUrl?: string;
    readonly origins?: readonly string[];
    readonly headers: readonly (readonly [
        string,
        string | null
    ])[];
    readonly searchParams: readonly (readonly [
        string,
        string
    ])[];
    readonly timeout: TimeoutOptions;
    readonly retry: RetryOptions;
    readonly maxRedirects: number;
    readonly cookies: readonly CookieRecord[];
    readonly hsts?: readonly HstsRecord[];
}
interface SessionStats {
    sockets: number;
    queued: number;
    inFlight: number;
    unreadBodies: number;
    cookies: number;
}
interface SharedOptions extends Omit<RequestInit, "headers" | "body" | "method" | "signal" | "window">, TransferCallbacks {
    headers?: HeadersOption | null | undefined;
    auth?: Auth | null | undefined;
    timeout?: number | false | TimeoutOptions | null | undefined;
    retry?: number | false | RetryOptions | null | undefined;
    maxRedirects?: number | null | undefined;
    throwHttpErrors?: boolean | ((status: number) => boolean) | null | undefined;
    parseJson?: ((text: string) => unknown) | null | undefined;
    stringifyJson?: ((value: unknown) => string) | null | undefined;
    maxResponseSize?: number | null | undefined;
    decompress?: boolean | null | undefined;
    keepHeaders?: readonly string[] | null | undefined;
    context?: CallContext | null | undefined;
    transport?: Transport | null | undefined;
    proxy?: ProxyOption | null | undefined;
    tls?: TlsOptions | null | undefined;
}
interface SnapshotOptions {
    secrets?: boolean | undefined;
}
interface StandardSchemaV1<Input = unknown, Output = Input> {
    readonly "~standard": {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => Awaitable<{
            readonly value: Output;
            readonly issues?: undefined;
        } | {
            readonly issues: readonly SchemaIssue[];
        }>;
        readonly types?: {
            readonly input: Input;
            readonly output: Output;
        } | undefined;
    };
}
declare class TimeoutError extends SessionError {
    readonly code = "ERR_TIMEOUT";
    readonly phase: TimeoutPhase;
    readonly timeout: number;
    constructor(phase: TimeoutPhase, timeout: number, details?: ErrorDetails);
}
interface TimeoutOptions {
    connect?: number | false | undefined;
    response?: number | false | undefined;
    body?: number | false | undefined;
    total?: number | false | undefined;
}
type TimeoutPhase = "connect" | "response" | "body" | "total";
interface TlsOptions {
    verify?: boolean | undefined;
    ca?: Pem | readonly Pem[] | undefined;
    cert?: Pem | undefined;
    key?: Pem | undefined;
    pfx?: Uint8Array | undefined;
    passphrase?: string | undefined;
    serverName?: string | undefined;
    minVersion?: string | undefined;
    maxVersion?: string | undefined;
    ciphers?: string | undefined;
    crl?: Pem | readonly Pem[] | undefined;
    sigalgs?: string | undefined;
    secureOptions?: number | undefined;
    checkServerIdentity?(host: string, cert: object): Error | undefined;
}
interface Tokens {
    accessToken?: string | undefined;
    refreshToken?: string | undefined;
    expiresAt?: number | undefined;
    [name: string]: unknown;
}
declare class TooManyRedirectsError extends SessionError {
    readonly code = "ERR_TOO_MANY_REDIRECTS";
    readonly history: readonly SessionResponse[];
    constructor(limit: number, history: readonly SessionResponse[], details?: ErrorDetails);
}
interface TransferCallbacks {
    onUploadProgress?: ProgressCallback | null | undefined;
    onDownloadProgress?: ProgressCallback | null | undefined;
    onInformation?: ((response: InterimResponse) => void) | null | undefined;
}
interface Transport {
    send(request: TransportRequest): Promise<Response>;
    readonly managed?: boolean | undefined;
    readonly capabilities?: TransportCapabilities | undefined;
    close?(): Promise<void>;
    destroy?(reason?: unknown): Promise<void>;
}
type TransportCapabilities = Partial<Omit<Capabilities, "redirects" | "jar">>;
interface TransportRequest {
    method: string;
    url: URL;
    headers: Headers;
    body: RequestBody;
    signal: AbortSignal | undefined;
    timeout: TimeoutOptions;
    init: RequestInit;
}
declare class UnsupportedError extends SessionError {
    readonly code = "ERR_UNSUPPORTED";
}
interface UseOptions {
    around?: Ring | undefined;
}
type Verb<Options = RequestOptions> = (input: string | URL | Request, options?: Options) => ResponsePromise;
declare function basic(user: string, password: string): Auth;
declare function bearer(token: string | (() => Awaitable<string>)): Auth;
declare function csrf(preset?: CsrfPreset | CsrfOptions): Middleware;
declare const del: Verb<RequestOptions>;
declare function eventStream(session: BaseSession, input: string | URL, given?: EventStreamOptions): AsyncGenerator<ServerSentEvent, void, undefined>;
declare function fetchTransport(options?: FetchTransportOptions): Transport;
declare const get: Verb<CallOptions>;
declare const head: Verb<CallOptions>;
declare const options: Verb<RequestOptions>;
declare const patch: Verb<RequestOptions>;
declare const post: Verb<RequestOptions>;
declare const put: Verb<RequestOptions>;
declare const query: Verb<RequestOptions>;
declare function refresh(options: RefreshOptions): Auth;
declare const request: Verb<RequestOptions>;
declare function webLock(name: string): Lock;
export { DecodeError, HTTPError, InvalidRequestError, NetworkError, ProxyError, ResponsePromise, ResponseTooLargeError, SchemaError, Session, SessionClosedError, SessionError, SessionResponse, TimeoutError, TooManyRedirectsError, UnsupportedError, basic, bearer, csrf, del, eventStream, fetchTransport, get, head, options, patch, post, put, query, refresh, request, webLock };
export type { Auth, Awaitable, BodyIterable, BodyOption, BodyOptions, CallContext, CallOptions, Capabilities, ConnectionInfo, CookieAccess, CookieJarLike, CookieRecord, CookieRejection, CsrfFrom, CsrfOptions, CsrfPreset, EventStreamOptions, ExtendOptions, FetchInit, FetchTransportOptions, FormOption, HeadersOption, HookState, Hooks, HopTrace, HstsRecord, InferOutput, InterimResponse, Link, Lock, LockHold, Middleware, Next, PaginateOptions, Pem, Progress, ProgressCallback, ProxyOption, RefreshOptions, RefusedCookie, RequestBody, RequestOptions, ResolvedOptions, ResponseTimings, RetryOptions, RetryState, Ring, Scalar, SchemaIssue, SearchParamsOption, SentRequest, ServerSentEvent, SessionContext, SessionCookies, SessionErrorCode, SessionOptions, SessionRequest, SessionSnapshot, SessionStats, SharedOptions, SnapshotOptions, StandardSchemaV1, TimeoutOptions, TimeoutPhase, TlsOptions, Tokens, TransferCallbacks, Transport, TransportCapabilities, TransportRequest, UseOptions, Verb };

// isosession/node

import { Lock, Auth, SessionResponse, ProxyOption, TlsOptions, Transport } from "../index.cjs";
import { SessionStore } from "../store/index.cjs";
interface DispatcherLike {
    dispatch(options: never, handler: never): boolean;
}
interface FileLockOptions {
    ttl?: number | undefined;
}
interface GuardOptions {
    allowPrivate?: boolean | undefined;
    allow?: readonly string[] | undefined;
    deny?: readonly string[] | undefined;
}
interface SaveToOptions {
    resume?: boolean | undefined;
}
interface UndiciTransportOptions {
    connections?: number | undefined;
    pipelining?: number | undefined;
    keepAliveTimeout?: number | undefined;
    keepAliveMaxTimeout?: number | undefined;
    maxConnectionAge?: number | false | undefined;
    maxHeaderSize?: number | undefined;
    http2?: boolean | undefined;
    socketPath?: string | undefined;
    localAddress?: string | undefined;
    lookup?: ((hostname: string, options: object, callback: (error: Error | null, address: string | {
        address: string;
        family: number;
    }[], family?: number) => void) => void) | undefined;
    proxy?: ProxyOption | undefined;
    tls?: TlsOptions | undefined;
    guard?: GuardOptions | undefined;
    dispatcher?: DispatcherLike | undefined;
}
declare function fileLock(path: string | URL, options?: FileLockOptions): Lock;
declare function fileStore(folder: string | URL): SessionStore;
declare function netrc(path?: string | URL): Auth;
declare function saveTo(response: SessionResponse, path: string | URL, options?: SaveToOptions): Promise<void>;
declare function undiciTransport(options?: UndiciTransportOptions): Transport;
export { fileLock, fileStore, netrc, saveTo, undiciTransport };
export type { DispatcherLike, FileLockOptions, GuardOptions, SaveToOptions, UndiciTransportOptions };

// isosession/next

import { Awaitable, Session } from "../index.cjs";
import { ForwardOptions } from "../ssr/index.cjs";
interface NextCookie {
    name: string;
    value: string;
    domain?: string;
    path?: string;
    expires?: Date;
    maxAge?: number;
    httpOnly?: boolean;
    secure?: boolean;
    sameSite?: "strict" | "lax" | "none";
    partitioned?: boolean;
}
interface NextCookieStoreLike {
    getAll(): readonly {
        readonly name: string;
        readonly value: string;
    }[];
    set(cookie: NextCookie): unknown;
}
interface NextOptions extends Omit<ForwardOptions, "headers" | "cookies" | "allowedHosts"> {
    headers: () => Awaitable<Headers>;
    cookies: () => Awaitable<NextCookieStoreLike>;
}
declare function nextSession(parent: Session, options: NextOptions): Promise<Session>;
export { nextSession };
export type { NextCookie, NextCookieStoreLike, NextOptions };

// isosession/auth

import { Auth, Awaitable, SessionResponse, Lock, RefreshOptions, Tokens } from "../index.cjs";
interface AuthorizationOptions {
    prompt?: string | undefined;
    loginHint?: string | undefined;
    scope?: string | undefined;
    parameters?: Record<string, string> | undefined;
}
interface AuthorizationServer {
    readonly issuer: string;
    readonly authorization_endpoint?: string;
    readonly token_endpoint?: string;
    readonly revocation_endpoint?: string;
    readonly device_authorization_endpoint?: string;
    readonly end_session_endpoint?: string;
    readonly token_endpoint_auth_methods_supported?: string[];
    readonly [name: string]: JsonValue | undefined;
}
type ClientAuth = (server: AuthorizationServer, client: {
    client_id: string;
}, body: URLSearchParams, headers: Headers) => void | Promise<void>;
interface DeviceLogin {
    readonly userCode: string;
    readonly verificationUri: string;
    readonly verificationUriComplete?: string;
    readonly expiresAt: number;
    readonly tokens: Promise<OAuth2Tokens>;
}
interface DpopKeyPair {
    privateKey: WebKey;
    publicKey: WebKey;
}
interface DpopKeyStore {
    load(): Awaitable<DpopKeyPair | undefined>;
    save(keys: DpopKeyPair): Awaitable<void>;
}
interface ExpectedCallback {
    readonly state: string;
    readonly codeVerifier: string;
    readonly nonce?: string | undefined;
}
interface FormLoginOptions {
    url: string | URL;
    fields: Record<string, string> | (() => Awaitable<Record<string, string>>);
    form?(form: PageForm): boolean;
    expired?(response: SessionResponse): boolean;
    failed?(response: SessionResponse): boolean;
    lock?: Lock | undefined;
    renewals?: RefreshOptions["renewals"];
}
type JsonValue = string | number | boolean | null | JsonValue[] | {
    [name in string]?: JsonValue;
};
interface OAuth2 extends Auth {
    authorizationUrl(options?: AuthorizationOptions): Promise<ExpectedCallback & {
        url: URL;
    }>;
    callback(url: string | URL, expected: ExpectedCallback): Promise<OAuth2Tokens>;
    device(signal?: AbortSignal): Promise<DeviceLogin>;
    revoke(): Promise<void>;
    logoutUrl(returnTo?: string | URL): Promise<URL | undefined>;
}
interface OAuth2Options extends Pick<RefreshOptions, "save" | "lock" | "renewals">, Partial<Pick<RefreshOptions, "load">> {
    issuer: string | URL | AuthorizationServer;
    clientId: string;
    clientAuth?: ClientAuth | {
        secret: string;
    } | undefined;
    grant?: "authorization_code" | "client_credentials" | "device_code" | undefined;
    scope?: string | undefined;
    resource?: string | string[] | undefined;
    redirectUri?: string | undefined;
    parameters?: Record<string, string> | undefined;
    dpop?: DpopKeyPair | DpopKeyStore | undefined;
    fetch?: typeof fetch | undefined;
}
type OAuth2Tokens = Tokens & {
    readonly tokenType?: string | undefined;
    readonly scope?: string | undefined;
    readonly idToken?: string | undefined;
};
interface PageForm {
    readonly id?: string;
    readonly name?: string;
    readonly action: URL;
    readonly fields: Record<string, string>;
}
type WebKey = Extract<Awaited<ReturnType<typeof crypto.subtle.generateKey>>, {
    type: string;
}>;
declare function digest(user: string, password: string): Auth;
declare function formLogin(options: FormLoginOptions): Auth;
declare function oauth2(options: OAuth2Options): OAuth2;
export { digest, formLogin, oauth2 };
export type { AuthorizationOptions, AuthorizationServer, ClientAuth, DeviceLogin, DpopKeyPair, DpopKeyStore, ExpectedCallback, FormLoginOptions, JsonValue, OAuth2, OAuth2Options, OAuth2Tokens, PageForm };

// isosession/middleware

import { Awaitable, Middleware, SessionRequest } from "../index.cjs";
interface CacheOptions {
    store?: CacheStore | undefined;
    maxEntries?: number | undefined;
    maxSize?: number | undefined;
}
interface CacheStore {
    get(key: string): Awaitable<unknown>;
    set(key: string, value: CacheValue, ttl: number): Awaitable<unknown>;
    delete(key: string): Awaitable<unknown>;
}
type CacheValue = StoredIndex | StoredResponse;
interface DedupeMiddleware extends Middleware {
    readonly around: "call";
}
interface DedupeOptions {
    key?: ((request: SessionRequest) => string | undefined) | undefined;
}
interface HttpCacheMiddleware extends Middleware {
    readonly around: "hop";
}
interface KeyvLike {
    get(key: string): Promise<unknown>;
    set(key: string, value: unknown, ttl?: number): Promise<unknown>;
    delete(key: string): Promise<unknown>;
}
interface LimitOptions {
    concurrency?: number | undefined;
    rate?: LimitRate | undefined;
    key?: ((request: SessionRequest) => string) | undefined;
    hints?: boolean | undefined;
}
interface LimitRate {
    count: number;
    per: number;
}
interface LimitStats {
    readonly running: number;
    readonly queued: number;
}
interface Limiter extends Middleware {
    readonly around: "attempt";
    stats(): LimitStats;
}
interface MemoryCacheOptions {
    maxEntries?: number | undefined;
    maxSize?: number | undefined;
}
interface StoredIndex {
    readonly generation: string;
    readonly vary: readonly string[];
}
interface StoredResponse {
    readonly url: string;
    readonly status: number;
    readonly statusText: string;
    readonly headers: readonly (readonly [
        name: string,
        value: string
    ])[];
    readonly body: Uint8Array;
    readonly requestTime: number;
    readonly responseTime: number;
}
declare function cache(options?: CacheOptions): HttpCacheMiddleware;
declare function dedupe(options?: DedupeOptions): DedupeMiddleware;
declare function keyvCache(keyv: KeyvLike): CacheStore;
declare function limit(options: LimitOptions): Limiter;
declare function memoryCache(options?: MemoryCacheOptions): CacheStore;
export { cache, dedupe, keyvCache, limit, memoryCache };
export type { CacheOptions, CacheStore, CacheValue, DedupeMiddleware, DedupeOptions, HttpCacheMiddleware, KeyvLike, LimitOptions, LimitRate, LimitStats, Limiter, MemoryCacheOptions, StoredIndex, StoredResponse };

// isosession/ssr

import { Session } from "../index.cjs";
import { F as ForwardOptions } from "../chunks/forward-options.cjs";
type IncomingEventLike = {
    readonly node: {
        readonly req: IncomingMessageLike;
        readonly res?: object;
    };
} | {
    readonly req: Request;
};
interface IncomingMessageLike {
    readonly headers: object;
    readonly socket: object;
}
type OutgoingEventLike = {
    readonly node: {
        readonly res: ServerResponseLike;
    };
} | {
    readonly res: {
        readonly headers: Headers;
    };
};
interface ServerResponseLike {
    readonly headersSent: boolean;
    getHeader(name: string): number | string | string[] | undefined;
    setHeader(name: string, value: string[]): unknown;
}
interface SetCookiePolicy {
    domain?: string | null | undefined;
    path?: string | undefined;
    secure?: boolean | undefined;
    sameSite?: "strict" | "lax" | "none" | undefined;
    names?: readonly string[] | undefined;
}
declare function applySetCookies(session: Session, outgoing: Response | Headers | ServerResponseLike | OutgoingEventLike, policy?: SetCookiePolicy): void;
declare function dehydrate(session: Session): string;
declare function forwardSession(parent: Session, incoming: Request | IncomingMessageLike | IncomingEventLike, options: ForwardOptions): Session;
declare function hydrate(session: Session, data: string | object): void;
declare function setCookieHeaders(session: Session, policy?: SetCookiePolicy): string[];
export { ForwardOptions, applySetCookies, dehydrate, forwardSession, hydrate, setCookieHeaders };
export type { IncomingEventLike, IncomingMessageLike, OutgoingEventLike, ServerResponseLike, SetCookiePolicy };

// isosession/cookies

import { CookieRecord } from "../../index.cjs";
interface HarLike {
    log: {
        entries: readonly object[];
    };
}
interface StorageState {
    cookies: StorageStateCookie[];
    origins: [
    ];
}
interface StorageStateCookie {
    name: string;
    value: string;
    domain: string;
    path: string;
    expires: number;
    httpOnly: boolean;
    secure: boolean;
    sameSite: "Strict" | "Lax" | "None";
    partitionKey?: string;
}
interface ToughCookieJar {
    version: string;
    storeType: string;
    rejectPublicSuffixes: boolean;
    cookies: ToughCookieRecord[];
}
interface ToughCookieRecord {
    key: string;
    value: string;
    domain?: string;
    path: string;
    expires?: string;
    secure: boolean;
    httpOnly: boolean;
    hostOnly: boolean;
    sameSite?: "strict" | "lax" | "none";
    extensions?: string[];
}
declare function fromHar(har: HarLike): CookieRecord[];
declare function fromNetscape(text: string): CookieRecord[];
declare function fromStorageState(state: Pick<StorageState, "cookies"> | {
    cookies: readonly object[];
}): CookieRecord[];
declare function fromToughCookie(jar: {
    cookies: readonly object[];
}): CookieRecord[];
declare function toNetscape(records: readonly CookieRecord[]): string;
declare function toStorageState(records: readonly CookieRecord[]): StorageState;
declare function toToughCookie(records: readonly CookieRecord[]): ToughCookieJar;
export { fromHar, fromNetscape, fromStorageState, fromToughCookie, toNetscape, toStorageState, toToughCookie };
export type { HarLike, StorageState, StorageStateCookie, ToughCookieJar, ToughCookieRecord };

// isosession/store

import { S as SessionStore } from "../chunks/session-store.cjs";
import { SessionOptions, Session, SessionSnapshot, SessionError } from "../index.cjs";
interface CryptoKeyLike {
    readonly algorithm: {
        readonly name: string;
    };
    readonly type: string;
    readonly usages: readonly string[];
}
interface IORedisLike {
    readonly status: string;
    eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}
type Key = Uint8Array | CryptoKeyLike | string;
interface MemoryStoreOptions {
    max?: number | undefined;
}
interface NodeRedisLike {
    readonly isOpen: boolean;
    eval(script: string, options: {
        keys: string[];
        arguments: string[];
    }): Promise<unknown>;
}
interface OpenSessionOptions extends Omit<SessionOptions, "cookies"> {
    store: SessionStore;
    id: string;
    ttl?: number | undefined;
    onStoreError?: "fail" | "open" | undefined;
    cookies?: false | undefined;
}
interface RedisStoreOptions {
    prefix?: string | undefined;
}
declare class StoreError extends SessionError {
    readonly code = "ERR_STORE";
    readonly reason: StoreErrorReason;
}
type StoreErrorReason = "unavailable" | "conflict" | "corrupt" | "version" | "key" | "access" | "lock" | "size";
type StoredSession = Session & {
    save(): Promise<void>;
};
declare function memoryStore(options?: MemoryStoreOptions): SessionStore;
declare function openSession(options: OpenSessionOptions): Promise<StoredSession>;
declare function redisStore(client: NodeRedisLike | IORedisLike, options?: RedisStoreOptions): SessionStore;
declare function seal(snapshot: SessionSnapshot, key: Key): Promise<string>;
declare function sealedStore(store: SessionStore, keys: Key | Key[]): SessionStore;
declare function unseal(text: string, keys: Key | Key[]): Promise<SessionSnapshot>;
export { a as SaveOptions, b as StoreCapabilities, c as StoredData } from "../chunks/session-store.cjs";
export { SessionStore, StoreError, memoryStore, openSession, redisStore, seal, sealedStore, unseal };
export type { CryptoKeyLike, IORedisLike, Key, MemoryStoreOptions, NodeRedisLike, OpenSessionOptions, RedisStoreOptions, StoreErrorReason, StoredSession };

// isosession/inspect

import { Session, RequestOptions, ResponseTimings, ConnectionInfo, SessionResponse, SentRequest, SessionRequest } from "../index.cjs";
interface Explained {
    readonly name: string;
    readonly value: unknown;
    readonly from: Source;
}
declare class Explanation {
    readonly method: string;
    readonly url: string;
    readonly inScope: boolean;
    readonly headers: readonly Explained[];
    readonly leftOut: readonly string[];
    readonly cookies: readonly Explained[];
    readonly searchParams: readonly Explained[];
    readonly body: string | undefined;
    readonly auth: Source | undefined;
    readonly transport: string;
    readonly proxy: Omit<Explained, "name"> | undefined;
    readonly tls: Omit<Explained, "name"> | undefined;
    readonly timeout: readonly Explained[];
    readonly retry: readonly Explained[];
    readonly options: readonly Explained[];
    readonly decidedLater: readonly string[];
    toString(): string;
}
interface Har {
    log: HarLog;
}
interface HarContent {
    size: number;
    mimeType: string;
    text?: string;
    encoding?: string;
    comment?: string;
}
interface HarCookie extends HarPair {
    path?: string;
    domain?: string;
    expires?: string;
    httpOnly?: boolean;
    secure?: boolean;
    sameSite?: string;
}
interface HarCreator {
    name: string;
    version: string;
}
interface HarEntry {
    startedDateTime: string;
    time: number;
    request: HarRequest;
    response: HarResponse;
    cache: Record<string, never>;
    timings: HarTimings;
    serverIPAddress?: string;
    connection?: string;
    _attempt?: number;
    _hop?: number;
    _error?: string;
}
interface HarLog {
    version: string;
    creator: HarCreator;
    entries: HarEntry[];
    comment?: string;
}
interface HarPair {
    name: string;
    value: string;
}
interface HarParam {
    name: string;
    value?: string;
    fileName?: string;
    contentType?: string;
}
interface HarPostData {
    mimeType: string;
    text?: string;
    params?: HarParam[];
    comment?: string;
}
interface HarRecorder extends Disposable {
    har(): Har;
    stop(): Har;
}
interface HarRecorderOptions {
    secrets?: boolean | undefined;
    maxBody?: number | undefined;
}
interface HarRequest {
    method: string;
    url: string;
    httpVersion: string;
    cookies: HarCookie[];
    headers: HarPair[];
    queryString: HarPair[];
    postData?: HarPostData;
    headersSize: number;
    bodySize: number;
}
interface HarResponse {
    status: number;
    statusText: string;
    httpVersion: string;
    cookies: HarCookie[];
    headers: HarPair[];
    content: HarContent;
    redirectURL: string;
    headersSize: number;
    bodySize: number;
}
interface HarTimings {
    blocked: number;
    dns: number;
    connect: number;
    ssl: number;
    send: number;
    wait: number;
    receive: number;
}
interface LogRecord {
    readonly method: string;
    readonly url: string;
    readonly status?: number;
    readonly ms: number;
    readonly attempt: number;
    readonly hop: number;
    readonly timings?: ResponseTimings;
    readonly connection?: ConnectionInfo;
    readonly error?: LoggedError;
}
interface LoggedError {
    readonly name: string;
    readonly code?: string;
    readonly message?: string;
}
interface LoggerOptions {
    level?: "hop" | "call" | undefined;
    log?: ((line: string, record: LogRecord) => void) | undefined;
}
type Showable = SessionResponse | SentRequest | SessionRequest;
type Source = "call" | "session" | "url" | "header" | "jar" | "body" | "environment" | "default";
interface ToCurlOptions {
    secrets?: boolean | undefined;
}
declare function explain(session: Session, input: string | URL | Request, options?: RequestOptions): Promise<Explanation>;
declare function harRecorder(session: Session, { secrets, maxBody }?: HarRecorderOptions): HarRecorder;
declare function logger(session: Session, { level, log }?: LoggerOptions): Disposable;
declare function toCurl(of: Showable, { secrets }?: ToCurlOptions): string;
export { Explanation, explain, harRecorder, logger, toCurl };
export type { Explained, Har, HarContent, HarCookie, HarCreator, HarEntry, HarLog, HarPair, HarParam, HarPostData, HarRecorder, HarRecorderOptions, HarRequest, HarResponse, HarTimings, LogRecord, LoggedError, LoggerOptions, Showable, Source, ToCurlOptions };

// isosession/opentelemetry

import { TracerProvider, MeterProvider } from "@opentelemetry/api";
import { Middleware } from "../index.cjs";
interface OpenTelemetryOptions {
    tracerProvider?: TracerProvider | undefined;
    meterProvider?: MeterProvider | undefined;
    propagate?: "scope" | "all" | false | undefined;
}
declare function opentelemetry({ tracerProvider, meterProvider, propagate, }?: OpenTelemetryOptions): readonly Middleware[];
export { opentelemetry };
export type { OpenTelemetryOptions };

// isosession/ky

import type { Options, KyInstance } from "ky" with { "resolution-mode": "import" };
import { Session } from "./index.cjs";
declare function createKy(session: Session, options?: Options): KyInstance;
export { createKy };

// isosession/cross-fetch

import { Transport } from "./index.cjs";
declare function crossFetchTransport(): Transport;
export { crossFetchTransport };

// isosession/testing

import { Transport, TransportRequest, Awaitable } from "../index.cjs";
import { Har } from "../inspect/index.cjs";
type AddMockRoute = (path: string, ...replies: readonly MockReply[]) => MockRoute;
interface ConformanceServer {
    readonly origin: string;
    close(): Promise<void>;
}
interface ConformanceTools {
    readonly test: (name: string, run: () => Promise<void>) => unknown;
    readonly origin: string | (() => string);
}
interface MockCall extends TransportRequest {
    readonly params: PathParams;
    json(): unknown;
}
type MockData = string | number | boolean | null | object;
type MockReply = MockData | ((call: MockCall) => Awaitable<MockData>);
declare class MockRoute {
    #private;
    readonly label: string;
    get calls(): readonly MockCall[];
    times(n: number): this;
    optional(): this;
    delay(time: number): this;
}
interface MockTransport extends Transport {
    readonly get: AddMockRoute;
    readonly post: AddMockRoute;
    readonly put: AddMockRoute;
    readonly patch: AddMockRoute;
    readonly delete: AddMockRoute;
    readonly head: AddMockRoute;
    readonly options: AddMockRoute;
    readonly query: AddMockRoute;
    readonly calls: readonly MockCall[];
    verify(): void;
}
type PathParams = Readonly<Record<string, string | undefined>>;
interface RecordTransport extends Transport {
    close(): Promise<void>;
    destroy(reason?: unknown): Promise<void>;
}
interface RecordTransportOptions {
    transport?: Transport | undefined;
    redact?: RedactRules | false | undefined;
}
interface RedactRules {
    names?: readonly string[] | undefined;
    keep?: readonly string[] | undefined;
    body?: ((text: string, type: string) => string | undefined) | undefined;
}
interface ReplayTransportOptions {
    match?: "strict" | "url" | undefined;
}
declare function conformance(make: () => Transport, { test, origin }: ConformanceTools): void;
declare function conformanceServer(): Promise<ConformanceServer>;
declare function mockTransport(handler?: (request: TransportRequest) => Awaitable<Response>): MockTransport;
declare function recordTransport(file: string | URL, { transport, redact }?: RecordTransportOptions): RecordTransport;
declare function replayTransport(source: string | URL | Har, { match }?: ReplayTransportOptions): Transport;
declare function useTransport(transport: Transport): Disposable;
export { MockRoute, conformance, conformanceServer, mockTransport, recordTransport, replayTransport, useTransport };
export type { AddMockRoute, ConformanceServer, ConformanceTools, MockCall, MockData, MockReply, MockTransport, PathParams, RecordTransport, RecordTransportOptions, RedactRules, ReplayTransportOptions };
