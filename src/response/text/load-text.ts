/** Reading a body by what is loaded when it is first wanted. */
import { loadChunk } from '../../load-chunk.ts';
import { type Bytes, pieces } from '../../request/streams.ts';
import type { ServerSentEvent } from '../../types/response.ts';
import type { BodySource } from '../body/body-source.ts';
import { charsetOf } from './parameters.ts';
import type { EventPosition } from './read-text.ts';

/** Rejects where it cannot be loaded, as every reading does then. */
export const loadText = () => loadChunk(() => import('./read-text.ts'));
type Reading = Awaited<ReturnType<typeof loadText>>;

const charsetIn = (headers: Headers) => charsetOf(headers.get('content-type'));

/** The whole body as text; `encoding` is a label that is known to be one, or `'auto'`. */
export async function decodeBody(
  source: BodySource,
  encoding: string,
  headers: Headers,
): Promise<string> {
  const bytes = await source.bytes();
  const { decoderOf } = await loadText();
  return decoderOf(encoding, charsetIn(headers)).decode(bytes);
}

/** The lines of a body; `encoding` as above, or none for UTF-8. */
export function linesOf(
  source: BodySource | null,
  encoding: string | undefined,
  headers: Headers,
): AsyncGenerator<string, void, undefined> {
  return readPieces(source, ({ readLines, decoderOf }, chunks) =>
    readLines(chunks, decoderOf(encoding, charsetIn(headers))),
  );
}

/** The server-sent events of a body, from a position on, which moves with them. */
export function eventsOf(
  source: BodySource | null,
  position?: EventPosition,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  return readPieces(source, ({ readEvents }, chunks) => readEvents(chunks, position));
}

/** React Native has no streams: there the body is one chunk. */
async function chunksOf(source: BodySource): Promise<ReadableStream<Bytes> | [Bytes]> {
  return globalThis.ReadableStream ? source.stream() : [await source.bytes()];
}

/** The body piece by piece. It counts as read while what reads it is being loaded. */
async function* readPieces<T>(
  source: BodySource | null,
  read: (reading: Reading, chunks: AsyncIterable<Uint8Array>) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  if (source) source.used = true;
  try {
    yield* read(await loadText(), pieces(source ? await chunksOf(source) : []));
  } finally {
    source?.discard();
  }
}
