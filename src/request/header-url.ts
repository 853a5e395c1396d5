/**
 * The URL in a response's header, as `new URL` takes it: bytes that are no ASCII are
 * percent-encoded one by one, be they UTF-8 or not (Fetch standard, "location URL").
 */
export function urlInHeader(text: string): string {
  if (/^[\0-\x7f]*$/.test(text) || readsUtf8()) return text;
  return text.replace(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** workerd gives headers as text that was UTF-8; all others one character for each byte. */
function readsUtf8(): boolean {
  try {
    return !!new Headers({ a: '€' });
  } catch {
    return false;
  }
}
