/** The request that a challenge was the answer to, where redirects have led elsewhere. */
import { frozen } from '../../options/null-prototype.ts';
import { mayCarrySecrets } from '../../request/credentials.ts';
import { callOf } from '../../request/session-request.ts';
import { SessionResponse } from '../../response/session-response.ts';
import type { Next, SessionRequest } from '../../types/middleware.ts';
import type { ResolvedOptions } from '../../types/resolved-options.ts';

/**
 * What was sent last, to be sent again with other credentials. `undefined` where credentials may
 * not follow: a redirect has led out of their scope, were it back again, or the host has followed
 * redirects that nobody here has seen.
 */
export function lastHop(
  request: SessionRequest,
  response: SessionResponse,
): SessionRequest | undefined {
  const { trustedOrigins } = callOf(request).state;
  const { history, request: sent } = response;
  if (response.redirected && history.length === 0) return undefined;
  let { url } = request;
  for (const hop of [...history, response]) {
    const next = new URL(hop.url);
    if (!mayCarrySecrets(url, next, trustedOrigins)) return undefined;
    url = next;
  }
  if (history.length === 0) return request;
  const { passed } = SessionResponse.stateOf(response).sent;
  const hop = { ...request, url, options: frozen<ResolvedOptions>(request.options, { passed }) };
  const { method } = sent;
  if (method === request.method) return hop;
  const headers = new Headers(request.headers);
  for (const name of [...headers.keys()]) if (name.startsWith('content-')) headers.delete(name);
  return { ...hop, method, headers, body: null };
}

/** Sends the last hop again; the redirects that led to it are of the response's history. */
export async function sendAgain(
  hop: SessionRequest,
  next: Next,
  { history }: SessionResponse,
): Promise<SessionResponse> {
  const response = await next(hop);
  const state = SessionResponse.stateOf(response);
  state.history = [...history, ...state.history];
  return response;
}
