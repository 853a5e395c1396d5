import type { RequestBody } from './request.ts';
import type { TimeoutOptions } from './timeout.ts';

/** What a {@link Transport} is given: exactly what goes out. */
export interface TransportRequest {
  /** In upper case where HTTP defines it. */
  method: string;
  /** Absolute, without userinfo. */
  url: URL;
  /** All of them, cookies and credentials included. */
  headers: Headers;
  /** The body in its sendable form; its length is known unless it is iterable. `null`: none. */
  body: RequestBody;
  /** Aborts when the call ends. A transport must stop then, and reject with its reason. */
  signal: AbortSignal | undefined;
  /**
   * In ms. The session keeps `response`, `body` and `total` itself; `connect` is for whoever can.
   */
  timeout: TimeoutOptions;
  /**
   * The members of `RequestInit` that the platform may know (`redirect`, `credentials`, `cache`,
   * …). In Node also `proxy` and `tls`, where somebody has set them: a transport that cannot do
   * what they say should refuse the call, as it would go past the proxy, or trust whom nobody
   * named.
   */
  init: RequestInit;
}

/**
 * What a session can do on its platform, over its own transport. A mount, and the `transport` of a
 * call, may be able to do something else.
 *
 * @example
 * ```ts
 * const file = new Blob(['one\ntwo\n']);
 * // Where no stream goes out, the file is sent from memory.
 * const body = session.capabilities.uploadStreams ? file.stream() : await file.arrayBuffer();
 * await session.post('import', { body });
 * ```
 */
export interface Capabilities {
  /**
   * Redirects are the session's own: {@link SessionResponse.history} has them, `maxRedirects` and
   * `keepHeaders` hold, and middleware may stand around each hop. Not over a browser's `fetch`.
   */
  readonly redirects: boolean;
  /**
   * Cookies are kept by the session, `HttpOnly` ones too: {@link SessionCookies.jar}, the `cookies`
   * of a call and of a response. Not in browsers, which keep them.
   */
  readonly jar: boolean;
  /** The option `proxy`. In Node, where the transport opens the connections. */
  readonly proxy: boolean;
  /** The option `tls`. In Node, where the transport opens the connections. */
  readonly tls: boolean;
  /** `decompress: false`. In Node by its own transport, and in Bun. */
  readonly decompress: boolean;
  /**
   * A stream or an iterable as the body is sent as it comes. Not in Firefox and WebKit, where it
   * is refused; in Chromium to servers of HTTP/2 and HTTP/3.
   */
  readonly uploadStreams: boolean;
  /** `onUploadProgress` is told. In Node by its own transport, and where there is an XHR. */
  readonly uploadProgress: boolean;
  /**
   * A response tells how it came: `timings`, `connection` and `trailers`. In Node, where the
   * transport opens the connections.
   */
  readonly timings: boolean;
}

/** What a {@link Transport} can do; what it leaves out, it is not known to do. */
export type TransportCapabilities = Partial<Omit<Capabilities, 'redirects' | 'jar'>>;

/**
 * Moves one request to one response. Write your own for tests, for an in-process app, for another
 * network stack.
 *
 * @example
 * ```ts
 * const offline: Transport = {
 *   async send({ method, url }) {
 *     return Response.json({ method, path: url.pathname });
 *   },
 * };
 * const api = new Session({ transport: offline });
 * ```
 */
export interface Transport {
  /**
   * Resolves at headers; rejects when there will be none. What it rejects with becomes the cause of
   * a {@link NetworkError}, unless it is a {@link SessionError} or the reason of the signal.
   */
  send(request: TransportRequest): Promise<Response>;
  /**
   * True: the host follows redirects and keeps cookies (a browser's fetch).
   *
   * @default false
   */
  readonly managed?: boolean | undefined;
  /**
   * What {@link Session.capabilities} says of it, beside what follows from `managed`.
   *
   * @default {} nothing
   */
  readonly capabilities?: TransportCapabilities | undefined;
  /** Lets what is under way end, then frees everything. Called by {@link Session.close}. */
  close?(): Promise<void>;
  /** Ends everything now. Called by {@link Session.destroy}, with its reason. */
  destroy?(reason?: unknown): Promise<void>;
}
