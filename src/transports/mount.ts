/** Which transport carries a URL. */
import type { Transport } from '../types/transport.ts';
import { isTransport } from '../options/kinds.ts';
import { parseUrl, withSlash } from '../request/url.ts';
import type { Outgoing, SessionState } from '../model.ts';

/** Adds a mount, longest prefix first; the same prefix replaces. */
export function addMount(state: SessionState, prefix: string | URL, transport: Transport): void {
  isTransport(transport, 'transport');
  let key = String(prefix).toLowerCase();
  // A bare scheme (`https://`) matches all of it; any other prefix ends in a slash, so that whole
  // origins and segments match.
  if (!/^https?:\/\/$/.test(key)) {
    const { origin, pathname } = parseUrl(prefix, undefined, 'prefix of a mount');
    key = origin + withSlash(pathname);
  }
  state.mounts = new Map(
    [...state.mounts, [key, transport] as const].sort(([a], [b]) => b.length - a.length),
  );
}

/**
 * The call's own transport, else the mount with the longest prefix (whole origins and whole path
 * segments), else the session's.
 */
export function transportFor(
  { mounts, connections, platform }: SessionState,
  { options, url }: Outgoing,
): Transport {
  if (options.transport) return options.transport;
  for (const [prefix, transport] of mounts)
    if (`${url.origin}${url.pathname}/`.startsWith(prefix)) return transport;
  return (
    connections.given ??
    (globalThis as { [override]?: Transport })[override] ??
    (connections.made ??= platform.transport())
  );
}

/** Where `useTransport` of `isosession/testing` puts what takes the place of every default. */
const override = Symbol.for('isosession.transport');
