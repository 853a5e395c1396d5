import { buffer } from 'node:stream/consumers';
import { hasBrand } from '../../request/host/brand.ts';
import { fetchTransport as fetchTransportOf } from '../../transports/edge-fetch.ts';
import type { FetchTransportOptions } from '../../transports/fetch.ts';
import { refuseConnection } from '../../transports/refuse-connection.ts';
import type { Transport, TransportRequest } from '../../types/transport.ts';
import { readBlob } from '../upload/blob.ts';
import { encodeMultipart } from '../upload/multipart.ts';

/** Over any WHATWG `fetch`. Node's own knows nothing of the session's proxy and TLS settings. */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const transport = fetchTransportOf(options);
  if (options.fetch) return transport;
  return {
    ...transport,
    async send(request) {
      refuseConnection(request.init, "Node's fetch");
      return transport.send(await toOwnBody(request));
    },
  };
}

/**
 * Of a form or a Blob of another realm, as those of jsdom are, Node's fetch sends the name of its
 * class: it is given their bytes, in memory.
 */
async function toOwnBody(request: TransportRequest): Promise<TransportRequest> {
  const { body } = request;
  if ((hasBrand(body, 'Blob') || hasBrand(body, 'File')) && isForeign(body))
    return { ...request, body: await buffer(readBlob(body)) };
  if (!hasBrand(body, 'FormData') || !isForeign(body)) return request;
  const { contentType, stream } = encodeMultipart(body);
  const headers = new Headers(request.headers);
  headers.set('content-type', contentType);
  return { ...request, headers, body: await buffer(stream()) };
}

/** Some versions of Node take a foreign form for one of theirs, but for the files in it. */
function isForeign(body: Blob | FormData): boolean {
  if (readsAsText(body)) return true;
  const values = hasBrand(body, 'FormData') ? [...body.values()] : [];
  return values.some((value) => typeof value !== 'string' && readsAsText(value));
}

/** What the host does not know is text to it. The types of Blobs are lower case. */
function readsAsText(body: Blob | FormData): boolean {
  return new Response(body).headers.get('content-type') === 'text/plain;charset=UTF-8';
}
