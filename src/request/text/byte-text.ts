/** Bytes as text: one character a byte, as headers of HTTP/1 and `btoa` have them, or as hex. */

/** The bytes of a text's UTF-8, one character each. */
export const toByteText = (text: string): string =>
  new TextEncoder().encode(text).reduce((bytes, byte) => bytes + String.fromCharCode(byte), '');

/** So many bytes are made text at once: a call takes no more arguments. */
const pieceSize = 8192;

/** The same of bytes, which may be megabytes: by pieces it takes a third of the time. */
export function byteTextOf(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += pieceSize)
    text += String.fromCharCode(...bytes.subarray(at, at + pieceSize));
  return text;
}

/** Two digits a byte. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
