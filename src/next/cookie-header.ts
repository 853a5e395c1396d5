import type { NextCookieStoreLike } from './cookie-store.ts';

/**
 * The visitor's `cookie` header as it is after what was set for this request, such as by a Server
 * Action before its page: `cookies()` knows of that, `headers()` does not. What has not changed
 * stays as it came, since `cookies()` has it decoded.
 *
 * @param header of `headers()`
 */
export function cookieHeaderOf(header: string | null, store: NextCookieStoreLike): string {
  const sent = (header ?? '').split(/; */).filter(Boolean);
  const before = new Map(sent.map(readPair));
  const changed = store.getAll().filter(({ name, value }) => decode(before.get(name)) !== value);
  const names = new Set(changed.map(({ name }) => name));
  return [
    ...sent.filter((pair) => !names.has(readPair(pair)[0])),
    // An empty one was deleted.
    ...changed
      .filter(({ value }) => value)
      .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`),
  ].join('; ');
}

/** Name and value as Next.js reads them. */
function readPair(pair: string): [name: string, value: string] {
  const end = pair.indexOf('=');
  return end < 0 ? [pair, 'true'] : [pair.slice(0, end), pair.slice(end + 1)];
}

/** `undefined` for what cannot be decoded, which Next.js leaves out. */
export function decode(value: string | undefined): string | undefined {
  try {
    return value && decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
