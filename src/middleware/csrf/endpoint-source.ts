import { DecodeError } from '../../errors/decode-error.ts';
import type { SessionState } from '../../model.ts';
import { isVisible } from '../../request/credentials.ts';
import { resolveInput } from '../../request/base/base-url.ts';
import type { RequestOptions } from '../../types/options.ts';
import { HeldTokens } from './held-tokens.ts';
import { ownCookies } from './own-cookies.ts';
import { ownOrigins, responsesWithin } from './own-origins.ts';
import type { TokenSource } from './token-source.ts';

type Pick = (data: unknown) => unknown;

/** The JSON of an endpoint, fetched by the first call that needs a token, and after a rejection. */
export function endpointSource(path: string, pick: Pick = pickToken): TokenSource {
  const tokens = new HeldTokens();
  return {
    read(call, url, rejected) {
      const { href, origin } = resolveInput(call.state, path, 'url of csrf');
      // A call without credentials may be the one that gets them: it must not wait for a token that
      // waits for them.
      const withoutAuth = call.given?.auth === null;
      const options = {
        ...(withoutAuth && { auth: null }),
        // Its own cookies are for its own origin.
        ...(origin === url.origin && ownCookies(call)),
      };
      const held = tokens.of(call, withoutAuth ? `${href} auth: null` : href);
      // Another call may have fetched a newer one, or be about to.
      if (!held.pending && held.token !== rejected) return held.token;
      held.pending ??= fetchToken(call.state, href, options, pick)
        .then((token) => (held.token = token))
        .finally(() => (held.pending = undefined));
      return held.pending;
    },
  };
}

/**
 * By a call of its own: it must not end with the one that happened to be the first to need the
 * token.
 */
async function fetchToken(
  state: SessionState,
  href: string,
  options: RequestOptions | undefined,
  pick: Pick,
): Promise<string> {
  const response = (await state.callPart(href, options, 'application/json')).throwForStatus();
  const within = [...ownOrigins(state), new URL(href).origin];
  const isForeign = responsesWithin(response, within).length <= response.history.length;
  if (isForeign) {
    throw new DecodeError(
      'The CSRF token came by a redirect from another origin: it is not taken',
      {
        request: response.request,
      },
    );
  }
  const token = pick(await response.json());
  if (isVisible(token)) return token;
  throw new DecodeError('No CSRF token in the answer: say where by csrf({ from: { url, pick } })', {
    request: response.request,
  });
}

/** The names that servers give it. */
const names = ['csrfToken', 'csrf_token', 'xsrfToken', 'csrf', '_csrf', 'token'];

/** The token in an object, under one of its usual names; anything else is taken for the token. */
function pickToken(data: unknown): unknown {
  const object: Record<string, unknown> = Object(data);
  const name = names.find((known) => Object.hasOwn(object, known));
  return name === undefined ? data : object[name];
}
