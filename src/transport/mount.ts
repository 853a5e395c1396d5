/** Which transport carries a URL. */
import { InvalidRequestError } from '../errors.ts';
import type { Transport } from '../types.ts';
import type { Outgoing } from '../core/request.ts';
import type { Mount, SessionState } from '../core/state.ts';
import { parseUrl } from '../core/url.ts';

/** Adds a mount, longest prefix first; the same prefix replaces. */
export function addMount(mounts: Mount[], prefix: string | URL, transport: Transport): void {
  if (typeof (transport as Transport | undefined)?.send !== 'function') throw new InvalidRequestError('mount(): a transport is an object with a send() method');
  const scheme = /^(https?:)\/\/$/i.exec(String(prefix))?.[1];
  const url = scheme ? undefined : parseUrl(prefix, undefined, 'prefix of a mount');
  const origin = scheme?.toLowerCase() ?? (url as URL).origin;
  const path = url?.pathname.replace(/\/?$/, '/') ?? '/';
  const same = mounts.findIndex((mount) => mount.origin === origin && mount.path === path);
  if (same >= 0) mounts.splice(same, 1);
  mounts.push({ origin, path, transport });
  mounts.sort((a, b) => b.origin.length + b.path.length - a.origin.length - a.path.length);
}

/** The call's own transport, else the mount with the longest prefix (whole origins and whole path segments), else the session's. */
export function transportFor(state: SessionState, request: Outgoing): Transport {
  const own = request.options.transport;
  if (own) return own;
  const { mounts } = state;
  if (mounts.length) {
    const { origin, protocol, pathname } = request.url;
    for (const mount of mounts) {
      if ((mount.origin === origin || mount.origin === protocol) && `${pathname}/`.startsWith(mount.path)) return mount.transport;
    }
  }
  const { connections } = state;
  return connections.given ?? (globalThis as { [override]?: Transport })[override] ?? (connections.made ??= state.platform.transport());
}

/** Where `useTransport` of `isosession/testing` puts what takes the place of every default. */
const override = Symbol.for('isosession.transport');
