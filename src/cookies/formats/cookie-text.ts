/**
 * Text as files hold it, in UTF-8. A record's strings below U+0100 are the bytes of a header, one
 * each; any other string is text already.
 */
import { toByteText } from '../../request/text/byte-text.ts';

const beyondAscii = /[^\0-\x7f]/;
const beyondBytes = /[^\0-\xff]/;

/** What is to be written, so that the reader sends the same bytes. */
export function toText(value: string): string {
  if (!beyondAscii.test(value) || beyondBytes.test(value)) return value;
  const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // They are no UTF-8: no file of text holds them.
    return value;
  }
}

/** The string of a record for what was read. */
export function fromText(text: string): string {
  if (!beyondAscii.test(text) || beyondBytes.test(text)) return text;
  return toByteText(text);
}
