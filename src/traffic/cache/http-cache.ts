/** The cache itself: what a request may have of it, what is kept, and what is forgotten. */
import { isDevelopment } from '../../development.ts';
import { NetworkError } from '../../errors/network-error.ts';
import { isTransientError } from '../../errors/transient-error.ts';
import type { Handler, Outgoing } from '../../model.ts';
import { frozen } from '../../options/null-prototype.ts';
import { getHeader, setHeader } from '../../request/headers.ts';
import { isSafe } from '../../request/method.ts';
import { sentOf } from '../../request/sent-request.ts';
import { setCookieLines } from '../../response/foreign-response.ts';
import { SessionResponse } from '../../response/session-response.ts';
import { discard, wrapResponse } from '../../response/wrap-response.ts';
import { BodyRecorder } from './body-recorder.ts';
import { wasSentAs } from './cache-key.ts';
import { type CacheMode, cacheModeOf } from '../../request/cache-modes.ts';
import { withoutMode } from './without-mode.ts';
import type { CacheStore, StoredResponse } from './cache-store.ts';
import { type Directives, readDirectives } from './directives.ts';
import { Freshness, type Use } from './freshness.ts';
import { inBackground } from './in-background.ts';
import { answerWith, freshen, gatewayTimeout, headerOf, storedHeaders } from './stored-response.ts';
import { type Lookup, type Kept, StoredResponses } from './stored-responses.ts';

/** A request that may be answered out of the cache. */
interface Asked {
  readonly request: Outgoing;
  readonly next: Handler;
  readonly mode: CacheMode;
  /** Of its `Cache-Control`. */
  readonly directives: Directives;
}

/** The errors that a stale response may stand in for (RFC 5861, section 4). */
const errorStatuses: ReadonlySet<number> = new Set([500, 502, 503, 504]);

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const noBody = new Uint8Array();
const noLines: readonly string[] = [];

/** What came back for a request. */
interface Received {
  readonly response: SessionResponse;
  /** ms since 1970. */
  readonly requestTime: number;
  readonly recorder: BodyRecorder;
}

export class HttpCache {
  readonly #responses: StoredResponses;
  readonly #maxSize: number;
  /** What is asked for anew in the background. */
  readonly #revalidating = new Set<StoredResponse>();

  /** Of bodies above `maxSize` bytes nothing is kept. */
  constructor(store: CacheStore, maxSize: number) {
    this.#responses = new StoredResponses(store);
    this.#maxSize = maxSize;
  }

  async handle(request: Outgoing, next: Handler): Promise<SessionResponse> {
    const mode = cacheModeOf(request);
    const { method, headers, options } = request;
    if (!isSafe(method)) return this.#change(withoutMode(request, mode), next);
    const isLeftAlone =
      !['GET', 'HEAD'].includes(method) || headers.includes('range') || options.init.integrity;
    if (isLeftAlone) return next(withoutMode(request, mode));
    const directives = directivesOf(request);
    if (mode === 'no-store' || directives.has('no-store')) return next(withoutMode(request, mode));
    return this.#ask({ request, next, mode, directives });
  }

  /** A request that may change something: what is known of where it goes is so no more (4.4). */
  async #change(request: Outgoing, next: Handler): Promise<SessionResponse> {
    const response = await next(request);
    if (response.status >= 400) return response;
    const urls = new Set([request.url.href]);
    for (const name of ['location', 'content-location']) {
      const reference = response.headers.get(name);
      const url = reference === null ? undefined : resolve(reference, request.url.href);
      if (url?.origin === request.url.origin) urls.add(url.href);
    }
    await Promise.all([...urls].map((url) => this.#responses.forget(url)));
    return response;
  }

  async #ask(asked: Asked): Promise<SessionResponse> {
    const { request, mode, directives } = asked;
    const all = await this.#responses.find(request);
    const found = mode === 'reload' ? { ...all, kept: undefined } : all;
    const { kept } = found;
    if (kept) {
      const use = useOf(kept, asked);
      if (use !== 'revalidated') {
        if (use === 'while-revalidating') this.#revalidateLater(asked, found, kept);
        return answer(kept, asked, 'hit');
      }
    }
    if (mode === 'only-if-cached')
      throw new NetworkError(
        isDevelopment ? "Not in the cache, and cache is 'only-if-cached'" : mode,
        { request: sentOf(request) },
      );
    if (directives.has('only-if-cached')) return wrapResponse(gatewayTimeout(), request);
    // What was asked for without its body tells too little to be kept.
    if (request.method === 'HEAD') return asked.next(withoutMode(request, mode));
    return this.#forward(asked, found);
  }

  /** Asks the server: whether what is here is still right, or for all of it. */
  async #forward(asked: Asked, found: Lookup): Promise<SessionResponse> {
    const { request, next, mode } = asked;
    const { kept } = found;
    const conditional = kept && withConditions(request, kept.stored);
    const recorder = new BodyRecorder(this.#maxSize, request.options.onDownloadProgress);
    const own = { onDownloadProgress: recorder.onProgress };
    const options = frozen<Outgoing['options']>(request.options, own);
    const requestTime = Date.now();
    let response: SessionResponse;
    try {
      response = await next(withoutMode({ ...(conditional ?? request), options }, mode));
    } catch (error) {
      const stale = mayPass(error, request) && standIn(found, asked);
      if (!stale) throw error;
      return stale;
    }
    const stale = errorStatuses.has(response.status) && standIn(found, asked, response);
    if (stale) return stale;
    const received = { response, requestTime, recorder };
    if (kept && conditional && response.status === 304)
      return this.#freshen(asked, found, kept, received);
    await this.#record(request, found, received);
    return response;
  }

  /** By a 304: what is here is still right. */
  async #freshen(
    asked: Asked,
    found: Lookup,
    { stored, freshness }: Kept,
    { response, requestTime }: Received,
  ): Promise<SessionResponse> {
    discard(response);
    const etag = response.headers.get('etag');
    // It tells of another one, of which nothing is here.
    if (etag?.startsWith('"') && etag !== headerOf(stored, 'etag')) {
      await keepCookies(asked.request, response);
      return this.#forward(asked, { ...found, kept: undefined });
    }
    const responseTime = Date.now();
    const updated = freshen(stored, response.headers, { requestTime, responseTime });
    await this.#responses.keep(asked.request, found, updated);
    const now = { stored: updated, freshness: new Freshness(updated) };
    return answer(now, asked, `${whyForwarded(freshness)}; fwd-status=304`, response);
  }

  /** Keeps a response as its body is read, if it may be kept. */
  async #record(request: Outgoing, found: Lookup, received: Received): Promise<void> {
    const { response, requestTime, recorder } = received;
    const { status, statusText, headers } = response;
    const head: StoredResponse = {
      url: request.url.href,
      status,
      statusText,
      headers: storedHeaders(headers),
      body: noBody,
      requestTime,
      responseTime: Date.now(),
    };
    const isTooLarge = Number(headers.get('content-length')) > this.#maxSize;
    const isOfKey = wasSentAs(request, SessionResponse.stateOf(response).sent);
    if (isTooLarge || !isOfKey || !mayKeep(head, request)) {
      recorder.drop();
      return;
    }
    await this.#responses.expect(request, found, head);
    const keep = (body: Uint8Array): void => {
      const keeping = this.#responses.keep(request, found, { ...head, body });
      // Of a call that has ended meanwhile.
      if (keeping instanceof Promise) keeping.catch(() => undefined);
    };
    const hasBody = SessionResponse.stateOf(response).source !== null;
    // The body of a redirect that is followed is neither decoded nor read.
    const isFollowed = request.options.redirect !== 'manual' && redirects.has(status);
    if (!hasBody || isFollowed || headers.get('content-length') === '0') keep(noBody);
    else recorder.keep(keep);
  }

  /** In the background, once at a time; what comes of it is nobody's, but for its cookies. */
  #revalidateLater(asked: Asked, found: Lookup, { stored }: Kept): void {
    if (this.#revalidating.has(stored)) return;
    this.#revalidating.add(stored);
    void inBackground(asked.request, this.#maxSize, async (request) => {
      const response = await this.#forward({ ...asked, request }, found);
      await keepCookies(request, response);
      await SessionResponse.stateOf(response).source?.bytes();
    })
      .catch(() => undefined)
      .finally(() => this.#revalidating.delete(stored));
  }
}

/** Of a response that the session does not see. */
async function keepCookies(request: Outgoing, response: SessionResponse): Promise<void> {
  const { state } = request.call;
  await state?.cookieLayer?.store(state.cookies, request, response);
}

/** `Pragma` counts where there is no `Cache-Control` (section 5.4). */
function directivesOf({ headers }: Outgoing): Directives {
  const field = getHeader(headers, 'cache-control');
  return readDirectives(field ?? getHeader(headers, 'pragma'));
}

function useOf({ freshness }: Kept, { mode, directives }: Asked): Use {
  const now = Date.now();
  if (mode === 'force-cache' || mode === 'only-if-cached') return 'fresh';
  if (mode === 'no-cache') return freshness.isImmutable(now) ? 'fresh' : 'revalidated';
  return freshness.useFor(directives, now);
}

/** Whether it says only that the server cannot be reached at the moment. */
const mayPass = (error: unknown, { call, cancellation }: Outgoing): boolean =>
  isTransientError(error, call.state?.platform) && !cancellation.aborted;

/** What is here, where it may stand in for an error (RFC 5861, section 4). */
function standIn(
  { kept }: Lookup,
  asked: Asked,
  failed?: SessionResponse,
): SessionResponse | undefined {
  const { mode, directives } = asked;
  if (mode === 'no-cache' || !kept?.freshness.mayReplaceError(directives, Date.now()))
    return undefined;
  if (failed) discard(failed);
  const status = failed ? ` fwd-status=${failed.status};` : '';
  const reason = whyForwarded(kept.freshness);
  return answer(kept, asked, `${reason};${status} detail=stale-if-error`, failed);
}

/** RFC 9211, section 2.2. */
const whyForwarded = (freshness: Freshness): string =>
  `fwd=${freshness.remaining(Date.now()) > 0 ? 'request' : 'stale'}`;

/** Whether a response may be kept. What a retry would mend is none that anybody wants again. */
function mayKeep(head: StoredResponse, { options: { retry } }: Outgoing): boolean {
  const isRetried = Boolean(retry.limit) && retry.statusCodes?.includes(head.status);
  return head.status <= 599 && !isRetried && new Freshness(head).storable;
}

/** With the validators of what is here; `undefined` where it has none. */
function withConditions(request: Outgoing, stored: StoredResponse): Outgoing | undefined {
  const etag = headerOf(stored, 'etag');
  const modified = headerOf(stored, 'last-modified');
  if (etag === undefined && modified === undefined) return undefined;
  const headers = [...request.headers];
  setHeader(headers, 'if-none-match', etag);
  setHeader(headers, 'if-modified-since', modified);
  return { ...request, headers };
}

function answer(
  { stored, freshness }: Kept,
  { request }: Asked,
  status: string,
  received?: SessionResponse,
): SessionResponse {
  const now = Date.now();
  const how = {
    age: freshness.age(now),
    cacheStatus: `${status}; ttl=${Math.floor(freshness.remaining(now))}`,
    setCookies: (received && setCookieLines(received.headers)) ?? noLines,
    hasBody: request.method !== 'HEAD',
  };
  return answerWith(stored, how, request);
}

function resolve(reference: string, base: string): URL | undefined {
  try {
    const url = new URL(reference, base);
    url.hash = '';
    return url;
  } catch {
    return undefined;
  }
}
