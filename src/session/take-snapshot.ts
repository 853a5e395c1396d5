/** A session as data: a chunk that most pages never load. */
import type { SessionState } from '../model.ts';
import type { SessionSnapshot } from '../types/session.ts';
import type { TimeoutOptions } from '../types/timeout.ts';

/**
 * The part of a session that `Session.restore` needs. JSON leaves out undefined members and
 * functions, writes a URL as text, and has no infinity. `timeout`: as the option that gives it
 * again.
 * `isHarmless`, of a header's name: what is not is left out, as are cookies and whatever of a URL
 * may be a secret.
 */
export async function takeSnapshot(
  state: SessionState,
  timeout: TimeoutOptions,
  isHarmless: ((name: string) => boolean) | undefined,
): Promise<SessionSnapshot> {
  const { platform, baseUrl, relativeBaseUrl } = state;
  const { origins, searchParams, options, cookies, hsts } = state;
  const { retry, maxRedirects } = options;
  const headers = [...removedDefaults(state), ...ownHeaders(state)];
  const snapshot = {
    version: 1,
    baseUrl:
      isHarmless && baseUrl ? baseUrl.origin + baseUrl.pathname : (baseUrl ?? relativeBaseUrl),
    origins,
    headers: isHarmless ? headers.filter(([name]) => isHarmless(name)) : headers,
    searchParams: isHarmless ? [] : [...searchParams],
    timeout,
    retry,
    maxRedirects,
    // A browser's cookies stay in the browser.
    cookies: cookies && platform.cookieLayer && !isHarmless ? await cookies.export() : [],
    hsts: hsts?.export(),
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
