/**
 * What all cookie rules need to know about text. A string whose characters are all below U+0100 is
 * bytes, one each, as HTTP/1 headers arrive; a string with any other character is text, and goes
 * out as UTF-8.
 *
 * @module
 */
import { trimBlank } from '../request/trim-blank.ts';

/** The most bytes of a name and its value together (RFC 6265bis section 5.6). */
export const maxPairBytes = 4096;
/** The most bytes of an attribute's value (RFC 6265bis section 5.6). */
export const maxAttributeBytes = 1024;

/**
 * Whether a control character other than tab is in it (RFC 6265bis section 5.6, step 1); with
 * `tab`, tab counts as well.
 */
export function hasControl(text: string, tab = false): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 ? tab || code !== 0x09 : code === 0x7f) return true;
  }
  return false;
}

/** Whether every character is below U+0100. */
function isBytes(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

/** Whether every character is below U+0080. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** The string as it goes on the wire, one character a byte. */
export function toBytes(text: string): string {
  if (isBytes(text)) return text;
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

/** How many bytes it takes on the wire. */
export function byteLength(text: string): number {
  return isBytes(text) ? text.length : new TextEncoder().encode(text).length;
}

/**
 * `name=value`, or just the value when there is no name. The first `=` divides (RFC 6265bis section
 * 5.6, step 4).
 */
export function splitPair(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  return equals < 0
    ? ['', trimBlank(text)]
    : [trimBlank(text, 0, equals), trimBlank(text, equals + 1)];
}
