import type { SessionState } from '../../model.ts';
import { pageOrigin } from '../../request/base/page.ts';
import type { SessionResponse } from '../../response/session-response.ts';

/** Without a `baseUrl` it is the page's; a server has none. */
export function ownOrigins({ baseUrl, origins }: SessionState): (string | undefined)[] {
  return [baseUrl ? baseUrl.origin : pageOrigin(), ...origins];
}

/**
 * The responses of a chain of redirects, up to the first of another origin: what comes after it,
 * that one has chosen.
 */
export function responsesWithin(
  response: SessionResponse,
  origins: readonly (string | undefined)[],
): SessionResponse[] {
  const chain = [...response.history, response];
  const end = chain.findIndex(({ url }) => !origins.includes(new URL(url).origin));
  return end < 0 ? chain : chain.slice(0, end);
}
