import { concat, isAsyncIterable, pieces, toStream } from '../../request/streams.ts';
import type { RequestBody } from '../../types/request.ts';

/** A body that can be looked at more than once. */
export type WholeBody = Exclude<RequestBody, AsyncIterable<Uint8Array | string>>;

/** Reads a stream to its end; any other body is as it was. */
export async function wholeBody(body: RequestBody): Promise<WholeBody> {
  if (!isAsyncIterable(body)) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of pieces(toStream(body))) chunks.push(chunk);
  return concat(chunks);
}
