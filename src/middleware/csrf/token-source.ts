import type { Awaitable } from '../../types/context.ts';
import type { SessionCall } from '../../request/session-request.ts';
import type { SessionResponse } from '../../response/session-response.ts';

/**
 * One of the sources of a server's token: a cookie that scripts may read, a `<meta>` of the page, a
 * header of the responses, or the JSON of an endpoint, in which `pick` finds it.
 */
export type CsrfFrom =
  | {
      /**
       * The name of a cookie that scripts may read. It is looked up at each call, and decoded where
       * it is percent-encoded.
       */
      cookie: string;
    }
  | {
      /**
       * The name of a `<meta name= content>` of the page, read at each call. Where there is no
       * document, a call that needs the token rejects with `UnsupportedError`.
       */
      meta: string;
    }
  | {
      /**
       * The name of a response header; letter case does not matter. The last one of an origin
       * counts: until a response had it, calls go without a token.
       */
      header: string;
    }
  | {
      /**
       * A URL that answers with JSON, relative to `baseUrl`, else to the page. It is fetched by the
       * first call that needs a token, and after a rejection.
       */
      url: string;
      /**
       * Finds the token in that JSON; anything but visible ASCII makes the call reject with
       * `DecodeError`.
       *
       * @default the first of `csrfToken`, `csrf_token`, `xsrfToken`, `csrf`, `_csrf` and `token`,
       * else the JSON itself
       */
      pick?: ((data: unknown) => string) | undefined;
    };

/** Where tokens come from. */
export interface TokenSource {
  /**
   * The token for a call to this URL, `undefined` when there is none yet. When `rejected` was sent
   * in vain, it looks for a newer one.
   */
  read(call: SessionCall, url: URL, rejected?: string): Awaitable<string | undefined>;
  /** Takes the token out of responses of the session's own origins, for the origin of each. */
  learn?(call: SessionCall, responses: readonly SessionResponse[]): void;
}
