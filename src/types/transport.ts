import type { RequestBody } from './request.ts';
import type { TimeoutOptions } from './timeout.ts';

/** What a {@link Transport} is given: exactly what goes out. */
export interface TransportRequest {
  method: string;
  url: URL;
  headers: Headers;
  body: RequestBody;
  signal: AbortSignal | undefined;
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
 * Moves one request to one response. Write your own for tests, for an in-process app, for another
 * network stack.
 */
export interface Transport {
  /** Resolves at headers; rejects when there will be none. */
  send(request: TransportRequest): Promise<Response>;
  /** True: the host follows redirects and keeps cookies (a browser's fetch). Default false. */
  readonly managed?: boolean | undefined;
  /** Lets what is under way end, then frees everything. */
  close?(): Promise<void>;
  /** Ends everything now. */
  destroy?(reason?: unknown): Promise<void>;
}
