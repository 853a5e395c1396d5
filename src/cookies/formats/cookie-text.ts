/**
 * Text as files hold it, in UTF-8. A record's strings below U+0100 are the bytes of a header, one
 * each; any other string is text already.
 */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { toByteText } from '../../request/text/byte-text.ts';
import { isAscii, isByteText } from '../rules/cookie-text.ts';

/**
 * What is to be written, so that the reader sends the same bytes.
 *
 * @param label of the cookie, for the error if its bytes are no UTF-8: no file of text holds them
 */
export function toText(value: string, label: string): string {
  if (isAscii(value) || !isByteText(value)) return value;
  const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InvalidRequestError(`${label}: the format has no bytes that are not UTF-8`);
  }
}

/** The string of a record for what was read. */
export function fromText(text: string): string {
  return isAscii(text) || !isByteText(text) ? text : toByteText(text);
}
