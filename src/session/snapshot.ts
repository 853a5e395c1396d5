/** A session as data, and back. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { loadChunk } from '../load-chunk.ts';
import type { SessionState } from '../model.ts';
import { flag, readRecord } from '../options/kinds.ts';
import { timeoutOption } from '../options/timeout.ts';
import { isHarmless } from '../request/harmless.ts';
import type { CookieRecord } from '../types/cookies.ts';
import type { SessionOptions } from '../types/options.ts';
import type { SessionSnapshot, SnapshotOptions } from '../types/session.ts';

export async function snapshot(
  state: SessionState,
  options: SnapshotOptions,
): Promise<SessionSnapshot> {
  const { secrets } = readRecord<SnapshotOptions>('snapshot', { secrets: flag }, options);
  const { takeSnapshot } = await loadChunk(() => import('./take-snapshot.ts'));
  const { timeout } = state.options;
  return takeSnapshot(state, timeoutOption(timeout), secrets === false ? isHarmless : undefined);
}

/** A snapshot of this version as options, and its cookies. */
export function readSnapshot(
  snapshot: SessionSnapshot | null | undefined,
): SessionOptions & { cookies: readonly CookieRecord[] } {
  const { version, ...rest }: Partial<SessionSnapshot> = snapshot ?? {};
  if (version !== 1 || !Array.isArray(rest.cookies)) {
    throw new InvalidRequestError(
      isDevelopment ? 'restore(): no snapshot of version 1' : 'restore()',
    );
  }
  // Its members are checked as options.
  return rest as SessionOptions & { cookies: readonly CookieRecord[] };
}

/** Makes the child of a restored session, whose parent nobody knows, stand for itself. */
export function restoreInto(state: SessionState, records: readonly CookieRecord[]): void {
  state.ownsConnections = true;
  // A store that fails tells so to every call.
  if (state.platform.cookieLayer) state.cookies?.import(records).catch(() => {});
}
