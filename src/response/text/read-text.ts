/**
 * What a page rarely wants of a text: its lines, its events, an encoding. A chunk, which imports
 * nothing of the library.
 *
 * @module
 */
import type { ServerSentEvent } from '../../types/response.ts';

/** The part of `TextDecoder` that reading takes. */
export type Decoder = Pick<TextDecoder, 'decode'>;

/**
 * The decoder of a text body. Without a label UTF-8; `'auto'` goes by the byte order mark in
 * `head`, then the `charset` of the content-type, then UTF-8.
 *
 * @throws RangeError for an unknown label.
 */
export function textDecoder(
  label: string | undefined,
  charset: string | undefined,
  head: Uint8Array,
): TextDecoder {
  let decoder = new TextDecoder(label === 'auto' ? undefined : label);
  if (label === 'auto') {
    try {
      decoder = new TextDecoder(byteOrderMark(head) ?? charset);
    } catch {
      // A charset that is not known: UTF-8 stays.
    }
  }
  // Node 20.18 and others take it for ISO-8859-1, without € and “”, until they stream
  // (nodejs/node#60888).
  if (decoder.encoding === 'windows-1252') decoder.decode(undefined, { stream: true });
  return decoder;
}

/** The encodings that have a byte order mark (Encoding standard, "BOM sniff"). */
const byteOrderMarks = [
  { encoding: 'utf-8', mark: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16be', mark: [0xfe, 0xff] },
  { encoding: 'utf-16le', mark: [0xff, 0xfe] },
];

function byteOrderMark(head: Uint8Array): string | undefined {
  return byteOrderMarks.find(({ mark }) => mark.every((byte, i) => head[i] === byte))?.encoding;
}

/**
 * The same for a body that comes in chunks: `'auto'` waits for the three bytes that tell every byte
 * order mark.
 */
export function decoderOf(label: string | undefined, charset: string | undefined): Decoder {
  let head: Uint8Array = new Uint8Array();
  let decoder = label === 'auto' ? undefined : textDecoder(label, charset, head);
  return {
    decode(chunk: Uint8Array = new Uint8Array(), options) {
      if (decoder) return decoder.decode(chunk, options);
      // Fewer than three bytes, if any.
      head = head.length ? new Uint8Array([...head, ...chunk]) : chunk;
      if (options?.stream && head.length < 3) return '';
      decoder = textDecoder(label, charset, head);
      return decoder.decode(head, options);
    },
  };
}

/**
 * The lines of a body. They end with LF, CRLF or CR, which are not part of them; a line is given
 * out as soon as its end is seen, so a CR at the end of a chunk ends its line and an LF that
 * follows is left out. A final line without an end counts only for who takes it, an empty one does
 * not.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  decoder: Decoder,
  takesOpenEnd = true,
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
  if (open && takesOpenEnd) yield open;
}

async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  decoder: Decoder,
): AsyncGenerator<string, void, undefined> {
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** How far somebody has read server-sent events, who may go on in another stream. */
export interface EventPosition {
  /** The ID of the last event that was whole, `''` for none. */
  lastEventId: string;
  /** The reconnection time in ms that the server has named. */
  retry: number | undefined;
}

/** An event whose end has not come. */
interface OpenEvent {
  type: string;
  data: string;
  id: string;
}

/**
 * The events of a `text/event-stream` body (HTML standard §9.2.6), from a position on, which it
 * moves. `id` and `retry` last until the server names others; an event without data and an
 * incomplete one at the end are left out.
 */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  position: EventPosition = { lastEventId: '', retry: undefined },
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const open: OpenEvent = { type: '', data: '', id: position.lastEventId };
  // A line that was cut says something else.
  for await (const line of readLines(chunks, new TextDecoder(), false)) {
    if (line) readField(line, open, position);
    else {
      const { type, data, id } = open;
      position.lastEventId = id;
      const { retry } = position;
      if (data) yield { type: type || 'message', data: data.slice(0, -1), id, retry };
      open.type = open.data = '';
    }
  }
}

function readField(line: string, open: OpenEvent, position: EventPosition): void {
  const [, field, value = ''] = /^([^:]*):? ?([^]*)/.exec(line) ?? [];
  if (field === 'event') open.type = value;
  if (field === 'data') open.data += `${value}\n`;
  if (field === 'id' && !value.includes('\0')) open.id = value;
  if (field === 'retry' && /^\d+$/.test(value)) position.retry = Number(value);
}
