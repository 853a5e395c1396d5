import type { Decoder } from './text-decoding.ts';

/**
 * The lines of a body. They end with LF, CRLF or CR, which are not part of them; a line is given
 * out as soon as its end is seen, so a CR at the end of a chunk ends its line and an LF that
 * follows is left out. A final line without an end counts, an empty one does not.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  decoder: Decoder,
): AsyncGenerator<string, void, undefined> {
  let open = '';
  let returned = false;
  for await (const text of decode(chunks, decoder)) {
    if (!text) continue;
    const lines = (returned && text[0] === '\n' ? text.slice(1) : text).split(/\r\n?|\n/);
    returned = text.endsWith('\r');
    // Only new text is searched, so that a line of many chunks costs linear time.
    lines[0] = open + lines[0];
    open = lines.pop() as string; // It was split, and so has one.
    yield* lines;
  }
  if (open) yield open;
}

async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  decoder: Decoder,
): AsyncGenerator<string, void, undefined> {
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}
