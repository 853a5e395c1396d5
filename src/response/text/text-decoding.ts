import { readParameters } from './parameters.ts';
import { concat } from '../../request/streams.ts';

/** The part of `TextDecoder` that reading takes. */
export type Decoder = Pick<TextDecoder, 'decode'>;

/** The `charset` of a content-type. */
export function charsetOf(contentType: string | null): string | undefined {
  return readParameters(contentType ?? '').charset || undefined;
}

/**
 * The decoder of a text body. Without a label UTF-8; `'auto'` goes by the byte order mark in
 * `head`, then the content-type, then UTF-8.
 *
 * @throws RangeError for an unknown label.
 */
export function textDecoder(
  label: string | undefined,
  contentType: string | null,
  head: Uint8Array,
): TextDecoder {
  let decoder = new TextDecoder(label === 'auto' ? undefined : label);
  if (label === 'auto') {
    try {
      decoder = new TextDecoder(byteOrderMark(head) ?? charsetOf(contentType));
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
export function decoderOf(label: string | undefined, contentType: string | null): Decoder {
  let head = new Uint8Array();
  let decoder = label === 'auto' ? undefined : textDecoder(label, contentType, head);
  return {
    decode(chunk: Uint8Array = new Uint8Array(), options) {
      if (decoder) return decoder.decode(chunk, options);
      head = concat([head, chunk]);
      if (options?.stream && head.length < 3) return '';
      decoder = textDecoder(label, contentType, head);
      return decoder.decode(head, options);
    },
  };
}
