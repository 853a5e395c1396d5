/** A session as data, and back. */
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { SessionState } from '../model.ts';
import type { CookieRecord } from '../types/cookies.ts';
import type { SessionOptions } from '../types/options.ts';
import type { SessionSnapshot } from '../types/session.ts';
import { bodyTimeoutIsExplicit } from '../options/timeout.ts';

/**
 * The part of a session that `Session.restore` needs. JSON leaves out undefined members and
 * functions, writes a URL as text, and has no infinity.
 */
export async function takeSnapshot(state: SessionState): Promise<SessionSnapshot> {
  const { platform, baseUrl, origins, searchParams, options, cookies } = state;
  const { timeout, retry, maxRedirects } = options;
  const snapshot = {
    version: 1,
    baseUrl,
    origins,
    headers: [...removedDefaults(state), ...ownHeaders(state)],
    searchParams: [...searchParams],
    // What nobody chose must not come back as chosen: a stream of events has no timeout by default.
    timeout: bodyTimeoutIsExplicit in timeout ? timeout : { ...timeout, body: undefined },
    retry,
    maxRedirects,
    // A browser's cookies stay in the browser.
    cookies: cookies && platform.cookieLayer ? await cookies.export() : [],
  };
  // No wait and no count is longer than the largest number.
  const text = JSON.stringify(snapshot, (_, value: unknown) =>
    value === Infinity ? Number.MAX_VALUE : value,
  );
  return JSON.parse(text);
}

/** A default that was taken away stays away. */
function removedDefaults({ platform, headers }: SessionState): [string, null][] {
  const names = [...platform.headers(undefined).keys()];
  return names.filter((name) => !headers.has(name)).map((name) => [name, null]);
}

/** Without our own `user-agent`, whose version changes. */
function ownHeaders({ headers }: SessionState): [string, string][] {
  return [...headers].filter(([, value]) => !value.startsWith('isosession/'));
}

/** A snapshot of this version as options, and its cookies. */
export function readSnapshot(
  snapshot: SessionSnapshot | null | undefined,
): Omit<SessionOptions, 'cookies'> & { cookies: readonly CookieRecord[] } {
  const { version, cookies, ...options }: Partial<SessionSnapshot> = snapshot ?? {};
  if (version !== 1 || !cookies || !Array.isArray(cookies)) {
    throw new InvalidRequestError('restore(): no snapshot of version 1');
  }
  // Its members are checked as options.
  return { ...(options as SessionOptions), cookies };
}

/** Makes the child of a restored session, whose parent nobody knows, stand for itself. */
export function restoreInto(state: SessionState, records: readonly CookieRecord[]): void {
  state.ownsConnections = true;
  // A store that fails tells so to every call.
  if (state.platform.cookieLayer) state.cookies?.import(records).catch(() => {});
}
