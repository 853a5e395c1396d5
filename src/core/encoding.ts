/** The `charset` of a content-type, quotes removed. */
export function charsetOf(contentType: string | null): string | undefined {
  // Every parameter is read, so that a name inside another one's quoted string does not count.
  for (const [, name = '', quoted, token] of (contentType ?? '').matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s;,"]*))/g)) {
    if (name.toLowerCase() === 'charset') return quoted || token || undefined;
  }
  return undefined;
}

/**
 * The decoder of a text body. Without a label UTF-8; `'auto'` goes by the byte order mark in `head`, then the content-type, then UTF-8.
 *
 * @throws RangeError for an unknown label.
 */
export function textDecoder(label: string | undefined, contentType: string | null, head: Uint8Array): TextDecoder {
  let decoder = new TextDecoder(label === 'auto' ? undefined : label);
  if (label === 'auto') {
    const [a, b, c] = head;
    const mark = a === 0xfe && b === 0xff ? 'utf-16be' : a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xef && b === 0xbb && c === 0xbf ? 'utf-8' : undefined;
    try {
      decoder = new TextDecoder(mark ?? charsetOf(contentType));
    } catch {
      // A charset that is not known: UTF-8 stays.
    }
  }
  // Node 20.18 and others take it for ISO-8859-1, without € and “”, until they stream (nodejs/node#60888).
  if (decoder.encoding === 'windows-1252') decoder.decode(new Uint8Array(), { stream: true });
  return decoder;
}
