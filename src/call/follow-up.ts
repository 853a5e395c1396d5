import type { LeadingResponse, SessionState, Trail } from '../model.ts';
import { isRequest } from '../request/host/brand.ts';
import { mayCarrySecrets } from '../request/credentials.ts';
import { parseUrl } from '../request/url.ts';
import { SessionResponse } from '../response/session-response.ts';

/** A call that is made out of a response. */
export interface FollowUp {
  readonly input: URL | Request;
  readonly url: URL;
  /** The chain of requests that leads to it. */
  readonly trail: Trail;
}

/**
 * Where a response leads, be it by a link, a form or a field of its data. That is the server's
 * word, as a redirect is: userinfo in it is dropped, and what was secret to the call before goes
 * along as far as it would follow one more redirect.
 */
export function followUp(
  state: SessionState,
  { response, checkBodyHop }: LeadingResponse,
  next: string | URL | Request,
): FollowUp {
  const here = new URL(response.url);
  const given = isRequest(next) ? next.url : next;
  const url = parseUrl(given, here);
  state.refuse?.(given, url, here);
  url.username = url.password = '';
  const { sent } = SessionResponse.stateOf(response);
  // Where a host follows redirects by itself, only its last URL tells where they led.
  const keepsSecrets =
    sent.secrets !== 'none' &&
    mayCarrySecrets(sent.url, here, state.trustedOrigins) &&
    mayCarrySecrets(here, url, state.trustedOrigins);
  const trail: Trail = {
    secrets: keepsSecrets ? undefined : 'none',
    // Each once, as a list may have thousands of pages.
    passed: [...new Set([...sent.passed, sent.url.origin, here.origin])],
    checkBodyHop,
  };
  return { input: isRequest(next) ? next : url, url, trail };
}
