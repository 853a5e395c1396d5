/**
 * `isosession/cross-fetch`: a transport for runtimes without a `fetch` of their own.
 *
 * @module
 */
import { fetch as ponyfill, Headers as PonyfillHeaders } from 'cross-fetch';
import { refuseConnection } from './transports/refuse-connection.ts';
import { UnsupportedError } from './errors/unsupported-error.ts';
import type { RequestBody } from './types/request.ts';
import type { Transport, TransportRequest } from './types/transport.ts';
import { takeFraming } from './transports/framing.ts';
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

/**
 * In a browser the ponyfill is the browser's own fetch, or its XMLHttpRequest: there the browser
 * follows redirects and keeps cookies. node-fetch is told by a method of its own.
 */
const isBrowser = (): boolean => !('raw' in PonyfillHeaders.prototype);

class CrossFetchTransport implements Transport {
  readonly managed = isBrowser();

  async send(request: TransportRequest): Promise<Response> {
    refuseConnection(request.init, 'cross-fetch');
    return this.managed ? sendByBrowser(request) : sendByNodeFetch(request);
  }
}

function sendByBrowser(request: TransportRequest): Promise<Response> {
  const { method, url, headers, body, signal, init } = request;
  // A managed transport gets what the browser's fetch takes.
  const sent = { ...init, method, headers, body: body as BodyInit };
  return ponyfill(url.href, signal ? { ...sent, signal } : sent);
}

async function sendByNodeFetch(request: TransportRequest): Promise<Response> {
  const { method, url, headers, body, signal, init } = request;
  if (!globalThis.Response)
    throw new UnsupportedError(
      'crossFetchTransport() needs a global Response, which this runtime has not: define one',
    );
  const bytes = await readAll(takeFraming(headers, body), headers);
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
 * A call rejects with {@link UnsupportedError} for `proxy` and `tls`, which do not reach it, and
 * where node-fetch runs without a global `Response`.
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
