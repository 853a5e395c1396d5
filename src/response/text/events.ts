import type { ServerSentEvent } from '../../types/response.ts';
import { readLines } from './lines.ts';

/**
 * The events of a `text/event-stream` body (HTML standard §9.2.6). `id` and `retry` last until the
 * server names others; an event without data and an incomplete one at the end are left out.
 */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let type = '';
  let data = '';
  let id = '';
  let retry: number | undefined;
  for await (const line of readLines(chunks, new TextDecoder())) {
    if (!line) {
      if (data) yield { type: type || 'message', data: data.slice(0, -1), id, retry };
      type = data = '';
    }
    const [, field, value = ''] = /^([^:]*):? ?([^]*)/.exec(line) ?? [];
    if (field === 'event') type = value;
    if (field === 'data') data += `${value}\n`;
    if (field === 'id' && !value.includes('\0')) id = value;
    if (/^retry: ?\d+$/.test(line)) retry = +value;
  }
}
