import type { Awaitable } from '../../types/context.ts';
import type { SessionCall } from '../../request/session-request.ts';
import type { SessionResponse } from '../../response/session-response.ts';

/**
 * One of the places that servers put their token: a cookie that scripts may read, a `<meta>` of the
 * page, a header of the responses, or the JSON of an endpoint, in which `pick` finds it.
 */
export type CsrfFrom =
  | { cookie: string }
  | { meta: string }
  | { header: string }
  | { url: string; pick?: ((data: unknown) => string) | undefined };

/** Where tokens come from. */
export interface TokenSource {
  /**
   * The token for a call to this URL, `undefined` when there is none yet. When `rejected` was sent
   * in vain, it looks for a newer one.
   */
  read(call: SessionCall, url: URL, rejected?: string): Awaitable<string | undefined>;
  /** Takes the token out of a response, for its own origin. */
  learn?(call: SessionCall, response: SessionResponse): void;
}
