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
import { isAsyncIterable, toStream, concat } from './request/streams.ts';

/** What node-fetch gives instead of a standard `Response`. */
interface NodeFetchResponse {
  readonly status: number;
  readonly statusText: string;
  readonly body: AsyncIterable<Uint8Array> | null;
  readonly headers: { raw(): Record<string, string[]> };
}

class CrossFetchTransport implements Transport {
  // In a browser the ponyfill is the browser's own fetch, or its XMLHttpRequest: there the browser
  // follows redirects and keeps cookies.
  readonly managed = !('raw' in PonyfillHeaders.prototype);

  async send({ method, url, headers, body, signal, init }: TransportRequest): Promise<Response> {
    refuseConnection(init, 'cross-fetch');
    if (this.managed)
      return ponyfill(url.href, {
        ...init,
        method,
        headers,
        ...(signal && { signal }),
        body: body as BodyInit,
      });
    if (!globalThis.Response)
      throw new UnsupportedError('crossFetchTransport() needs a global Response on this runtime');
    const bytes = await readAll(body, headers);
    const sent = Object.assign(Object.create(null) as RequestInit, {
      method,
      redirect: init.redirect,
      signal,
      headers: Object.fromEntries(headers),
      body: bytes,
    });
    return bridge((await ponyfill(url.href, sent)) as unknown as NodeFetchResponse);
  }
}

/**
 * node-fetch knows neither web streams nor this realm's Blob and FormData: such bodies are sent as
 * bytes, and held in memory for it.
 */
async function readAll(body: RequestBody, headers: Headers): Promise<string | Uint8Array | null> {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) return body;
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
