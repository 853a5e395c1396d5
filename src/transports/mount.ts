import type { SessionState } from '../model.ts';
import { parseUrl, withSlash } from '../request/url.ts';
import type { Transport } from '../types/transport.ts';
import { isTransport } from '../options/kinds.ts';

/** All of `http:` or `https:`. */
const bareScheme = /^https?:\/\/$/i;

/** Adds a mount, which ends with the session. The longest prefix is first; the same replaces. */
export function addMount(state: SessionState, prefix: string | URL, transport: Transport): void {
  isTransport(transport, 'transport');
  const mounts = new Map(state.mounts).set(mountKey(prefix), transport);
  state.mounts = new Map([...mounts].sort(([a], [b]) => b.length - a.length));
  state.owned.add(transport);
}

/** Ends in a slash, so that whole origins and whole path segments match. */
function mountKey(prefix: string | URL): string {
  const text = String(prefix);
  if (bareScheme.test(text)) return text.toLowerCase();
  const { origin, pathname } = parseUrl(prefix, undefined, 'prefix of a mount');
  return origin + withSlash(pathname);
}
