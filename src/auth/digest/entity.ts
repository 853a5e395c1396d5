import { isLazy } from '../../request/body.ts';
import { isAsyncIterable, toStream } from '../../request/streams.ts';
import type { SessionRequest } from '../../types/middleware.ts';
import { isBytes } from '../../request/host/brand.ts';

/**
 * The request with its body as bytes, which `auth-int` hashes: what is hashed is what is sent. The
 * platform encodes a form, and draws its boundary.
 */
export async function withEntity(
  request: SessionRequest,
): Promise<SessionRequest & { body: Uint8Array | null }> {
  const [body, type] = isLazy(request.body) ? await request.body.open() : [request.body];
  if (body === null || isBytes(body)) return { ...request, body };
  const encoded = new Response(isAsyncIterable(body) ? toStream(body) : body);
  const headers = new Headers(request.headers);
  const contentType = type ?? encoded.headers.get('content-type');
  if (contentType && !headers.has('content-type')) headers.set('content-type', contentType);
  return { ...request, headers, body: new Uint8Array(await encoded.arrayBuffer()) };
}
