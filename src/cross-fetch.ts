/**
 * `isosession/cross-fetch`: a transport for runtimes without a `fetch` of their own.
 *
 * @module
 */
import { fetch as ponyfill, Headers as PonyfillHeaders } from 'cross-fetch';
import { fetchTransportOn } from './transports/fetch.ts';
import { refuseConnection } from './transports/refuse-connection.ts';
import { UnsupportedError } from './errors/unsupported-error.ts';
import type { RequestBody } from './types/request.ts';
import type { Transport, TransportRequest } from './types/transport.ts';
import { takeFraming } from './transports/framing.ts';
import { SafeHeaders } from './request/safe-headers.ts';
import { isAsyncIterable, toStream, concat } from './request/streams.ts';
import { nullPrototype } from './options/null-prototype.ts';
import { isBytes } from './request/host/brand.ts';

/** What node-fetch gives instead of a standard `Response`. */
interface NodeFetchResponse {
  readonly status: number;
  readonly statusText: string;
  readonly body: AsyncIterable<Uint8Array> | null;
  readonly headers: { raw(): Record<string, string[]> };
}

/** node-fetch is told by a method of its own; in a browser nothing else is behind the package. */
const isBrowser = !('raw' in PonyfillHeaders.prototype);

/** In a browser without `fetch` the package has one over XMLHttpRequest. */
const isXhr = isBrowser && PonyfillHeaders !== globalThis.Headers;

/** A browser follows redirects and keeps cookies, by `fetch` and by XMLHttpRequest. */
const browserTransport = fetchTransportOn({ isBrowser: true, fetch: sendByPonyfill }, {});

/** The package's `Headers` takes none but its own, and a record. */
function sendByPonyfill(url: string, init: RequestInit): Promise<Response> {
  return ponyfill(url, { ...init, headers: Object.fromEntries(new Headers(init.headers)) });
}

class CrossFetchTransport implements Transport {
  readonly managed = isBrowser;

  async send(request: TransportRequest): Promise<Response> {
    refuseConnection(request.init, 'cross-fetch');
    if (!isBrowser) return sendByNodeFetch(request);
    if (isXhr) refuseByXhr(request);
    return browserTransport.send(request);
  }
}

/** Refuses what XMLHttpRequest would leave out, or send otherwise, without a word. */
function refuseByXhr({ body, init }: TransportRequest): void {
  if (isAsyncIterable(body)) throw withoutFetch('a stream as body: give text, bytes, Blob or form');
  if (init.redirect && init.redirect !== 'follow')
    throw withoutFetch(`redirect: '${init.redirect}'`);
  if (init.credentials === 'omit') throw withoutFetch("credentials: 'omit'");
  if (init.integrity) throw withoutFetch('integrity');
}

const withoutFetch = (what: string): UnsupportedError =>
  new UnsupportedError(`cross-fetch sends by XMLHttpRequest here, which has no ${what}`);

async function sendByNodeFetch(request: TransportRequest): Promise<Response> {
  const { method, url, headers: given, body, signal, init } = request;
  if (!globalThis.Response || !globalThis.ReadableStream)
    throw new UnsupportedError(
      'crossFetchTransport() needs a global Response and ReadableStream, which this runtime has ' +
        'not: define them; in Jest with jsdom, jest-fixed-jsdom has them',
    );
  const framed = takeFraming([...given].flat(), body);
  const headers = SafeHeaders.of(framed.headers);
  const bytes = await readAll(framed.body, headers);
  headers.delete('content-length');
  const sent = nullPrototype<RequestInit>({
    method,
    redirect: init.redirect,
    signal,
    headers: Object.fromEntries(headers),
    body: bytes,
  });
  const response: unknown = await ponyfill(url.href, sent);
  return bridge(response as NodeFetchResponse); // The package's types know the browser's alone.
}

/**
 * node-fetch knows neither web streams nor this realm's Blob and FormData: such bodies are sent as
 * bytes, and held in memory for it.
 */
async function readAll(body: RequestBody, headers: Headers): Promise<string | Uint8Array | null> {
  if (body === null || typeof body === 'string' || isBytes(body)) return body;
  if (isAsyncIterable(body)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of body)
      pieces.push(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece);
    return concat(pieces);
  }
  // The platform encodes a form, and draws its boundary.
  const encoded = new Response(body);
  const type = encoded.headers.get('content-type');
  if (type && !headers.has('content-type')) headers.set('content-type', type);
  return new Uint8Array(await encoded.arrayBuffer());
}

/**
 * A standard `Response` of node-fetch's: a web stream for its Node stream, each `Set-Cookie` by
 * itself.
 */
function bridge({ status, statusText, headers, body }: NodeFetchResponse): Response {
  const pairs = Object.entries(headers.raw()).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const empty = status === 204 || status === 205 || status === 304 || !body;
  return new Response(empty ? null : toStream(body), { status, statusText, headers: pairs });
}

/**
 * A transport over the package `cross-fetch` (an optional peer), for runtimes that have no `fetch`.
 * In Node its node-fetch runs below the session's redirects and cookies; a body is sent from
 * memory, since node-fetch has no web streams.
 *
 * In a browser it is the browser's own `fetch`, or, where there is none, XMLHttpRequest.
 *
 * A call rejects with {@link UnsupportedError} for `proxy` and `tls`, which do not reach it, for
 * what XMLHttpRequest does not do (a stream as body, `redirect` other than `'follow'`,
 * `credentials: 'omit'`, `integrity`), and
 * where node-fetch runs without a global `Response` or `ReadableStream`.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { crossFetchTransport } from 'isosession/cross-fetch';
 *
 * const api = new Session({ transport: crossFetchTransport() });
 * ```
 */
export function crossFetchTransport(): Transport {
  return new CrossFetchTransport();
}
