/** A session as data, and back. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { loadChunk } from '../load-chunk.ts';
import type { SessionState } from '../model.ts';
import { flag, readRecord } from '../options/kinds.ts';
import { nullPrototype } from '../options/null-prototype.ts';
import { timeoutOption } from '../options/timeout.ts';
import { isHarmless } from '../request/harmless.ts';
import { parseBaseUrl } from '../request/base/base-url.ts';
import type { CookieRecord } from '../types/cookies.ts';
import type { SessionOptions } from '../types/options.ts';
import type { HstsRecord, SessionSnapshot, SnapshotOptions } from '../types/session.ts';

export async function snapshot(
  state: SessionState,
  options: SnapshotOptions,
): Promise<SessionSnapshot> {
  const { secrets } = readRecord<SnapshotOptions>('snapshot', { secrets: flag }, options);
  const { takeSnapshot } = await loadChunk(() => import('./take-snapshot.ts'));
  const { timeout } = state.options;
  return takeSnapshot(state, timeoutOption(timeout), secrets === false ? isHarmless : undefined);
}

/** The options that a snapshot gives again. */
const restored = [
  'baseUrl',
  'origins',
  'headers',
  'searchParams',
  'timeout',
  'retry',
  'maxRedirects',
] as const;

/** A snapshot of this version as options, and its cookies: what `takeSnapshot` writes, no more. */
export function readSnapshot(snapshot: SessionSnapshot | null | undefined): {
  options: SessionOptions;
  cookies: readonly CookieRecord[];
  hsts: readonly HstsRecord[];
} {
  const { version, cookies, hsts, ...rest } = nullPrototype<Partial<SessionSnapshot>>(snapshot);
  if (version !== 1 || !Array.isArray(cookies)) {
    throw new InvalidRequestError(
      isDevelopment ? 'restore(): no snapshot of version 1' : 'restore()',
    );
  }
  const options: Record<string, unknown> = {};
  for (const name of restored) options[name] = rest[name];
  if (hsts) options['hsts'] = true;
  // They are checked as options.
  return { options, cookies, hsts: Array.isArray(hsts) ? hsts : [] };
}

/** The options over a snapshot's: its `origins` belong to its `baseUrl`, and not to another one. */
export function optionsOver(snapshot: SessionOptions, options: SessionOptions): SessionOptions {
  const { baseUrl, origins } = options ?? {};
  if (baseUrl === undefined || origins !== undefined) return options;
  const isSame = baseUrl && snapshot.baseUrl && originOf(baseUrl) === originOf(snapshot.baseUrl);
  return isSame ? options : { ...options, origins: null };
}

/** A relative one that cannot be resolved is like itself alone. */
const originOf = (baseUrl: string | URL): string =>
  parseBaseUrl(baseUrl)?.origin ?? String(baseUrl);

/** Makes the child of a restored session, whose parent nobody knows, stand for itself. */
export function restoreInto(
  state: SessionState,
  { cookies: records, hsts }: Pick<ReturnType<typeof readSnapshot>, 'cookies' | 'hsts'>,
): void {
  state.ownsConnections = true;
  state.hsts?.import(hsts);
  // A store that fails tells so to every call.
  if (state.platform.cookieLayer) state.cookies?.import(records).catch(() => {});
}
