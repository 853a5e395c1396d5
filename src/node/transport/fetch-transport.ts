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
    send(request) {
      refuseConnection(request.init, "Node's fetch");
      const { body } = request;
      // Without an await: a context of the caller's may end with one.
      if (!isBlobOrForm(body) || !isForeign(body)) return transport.send(request);
      return withBytes(request, body).then((own) => transport.send(own));
    },
  };
}

const isBlobOrForm = (body: unknown): body is Blob | FormData =>
  hasBrand(body, 'Blob') || hasBrand(body, 'File') || hasBrand(body, 'FormData');

/**
 * Of a form or a Blob of another realm, as those of jsdom are, Node's fetch sends the name of its
 * class: it is given their bytes, in memory.
 */
async function withBytes(
  request: TransportRequest,
  body: Blob | FormData,
): Promise<TransportRequest> {
  if (!hasBrand(body, 'FormData')) return { ...request, body: await buffer(readBlob(body)) };
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
