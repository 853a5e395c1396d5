/** A session as data. */
import type { SessionSnapshot } from '../types/session.ts';
import { bodyTimeoutIsExplicit } from '../options/timeout.ts';
import type { SessionState } from '../model.ts';

/**
 * What `Session.restore` needs. JSON leaves out what is undefined or a function, writes a URL as
 * text, and has no infinity.
 */
export async function takeSnapshot({
  platform,
  baseUrl,
  origins,
  headers,
  searchParams,
  options: { timeout, retry, maxRedirects },
  cookies,
}: SessionState): Promise<SessionSnapshot> {
  const snapshot = {
    version: 1,
    baseUrl,
    origins,
    headers: [
      // A default that was taken away stays away.
      ...[...platform.headers(undefined).keys()]
        .filter((name) => !headers.has(name))
        .map((name) => [name, null]),
      ...[...headers].filter(([, value]) => !value.startsWith('isosession/')),
    ],
    searchParams: [...searchParams],
    // What nobody chose must not come back as chosen: a stream of events has no timeout by default.
    timeout: bodyTimeoutIsExplicit in timeout ? timeout : { ...timeout, body: undefined },
    retry,
    maxRedirects,
    // A browser's cookies stay in the browser.
    cookies: cookies && platform.cookieLayer ? await cookies.export() : [],
  };
  // JSON has no Infinity; no wait and no count is longer than this.
  return JSON.parse(
    JSON.stringify(snapshot, (_, value: unknown) =>
      value === Infinity ? Number.MAX_VALUE : value,
    ),
  ) as SessionSnapshot;
}
