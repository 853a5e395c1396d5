/**
 * What all cookie rules need to know about text. A string whose characters are all below U+0100 is
 * bytes, one each, as HTTP/1 headers arrive; a string with any other character is text, and goes
 * out as UTF-8.
 *
 * @module
 */
import { toByteText } from '../../request/text/byte-text.ts';

/** The most bytes of a cookie-name and its cookie-value together (RFC 6265bis section 5.6). */
const maxPairBytes = 4096;
/** The most bytes of an attribute-value (RFC 6265bis section 5.6). */
export const maxAttributeBytes = 1024;
/** The most bytes that UTF-8 makes of one unit of a JavaScript string. */
const maxBytesPerUnit = 3;

const control = /[\0-\x08\x0a-\x1f\x7f]/;
const controlOrTab = /[\0-\x1f\x7f]/;
const beyondAscii = /[^\0-\x7f]/;
const beyondBytes = /[^\0-\xff]/;

/**
 * White space of Unicode, U+0085 and U+FEFF at the start of text, of its UTF-8 and of Latin-1: what
 * servers in Python, Go and JavaScript trim.
 */
const blanks = [
  String.raw`[\s\x85]`,
  String.raw`\xc2[\x85\xa0]`,
  String.raw`\xe1\x9a\x80`,
  String.raw`\xe2\x80[\x80-\x8a\xa8\xa9\xaf]`,
  String.raw`\xe2\x81\x9f`,
  String.raw`\xe3\x80\x80`,
  String.raw`\xef\xbb\xbf`,
];
const leadingBlanks = new RegExp(`^(?:${blanks.join('|')})+`);

/** Without the blanks at its start that a server may trim. */
export const trimStart = (text: string): string => text.replace(leadingBlanks, '');

/** Whether a control character other than tab is in it (RFC 6265bis section 5.6, step 1). */
export const hasControl = (text: string): boolean => control.test(text);

/** Whether any control character is in it. */
export const hasControlOrTab = (text: string): boolean => controlOrTab.test(text);

/** Whether every character is below U+0080. */
export const isAscii = (text: string): boolean => !beyondAscii.test(text);

/** Whether it is bytes, one each. */
export const isByteText = (text: string): boolean => !beyondBytes.test(text);

/** The string as it goes on the wire, one character a byte. */
export const toBytes = (text: string): string => (isByteText(text) ? text : toByteText(text));

/** How many bytes it takes on the wire. */
export const byteLength = (text: string): number =>
  isByteText(text) ? text.length : new TextEncoder().encode(text).length;

/** Whether a cookie-name and its cookie-value have too many bytes to be stored. */
export function isPairTooLarge(name: string, value: string): boolean {
  // Most cookies are so short that nobody has to count their bytes.
  if ((name.length + value.length) * maxBytesPerUnit <= maxPairBytes) return false;
  return byteLength(name) + byteLength(value) > maxPairBytes;
}

/** Whether an attribute-value has too many bytes to count. */
export function isAttributeTooLarge(value: string): boolean {
  return (
    value.length * maxBytesPerUnit > maxAttributeBytes && byteLength(value) > maxAttributeBytes
  );
}
