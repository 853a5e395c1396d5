/** Bytes as text: one character a byte, as headers of HTTP/1 and `btoa` have them, or as hex. */

/** So many bytes are made text at once: a call takes no more arguments. */
const pieceSize = 2 ** 13;

/** By pieces, as it may be megabytes: one by one they take three times as long. */
export function byteTextOf(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += pieceSize)
    text += String.fromCharCode(...bytes.subarray(at, at + pieceSize));
  return text;
}

/** The bytes of a text's UTF-8, one character each. */
export const toByteText = (text: string): string => byteTextOf(new TextEncoder().encode(text));

/** Two digits a byte. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
