import { oneValue } from '../../response/text/parameters.ts';
import { HeldTokens } from './held-tokens.ts';
import type { TokenSource } from './token-source.ts';

/** A header of the responses of an origin, redirects included; the last one counts. */
export function headerSource(name: string): TokenSource {
  const held = new HeldTokens();
  return {
    read: (call, { origin }) => held.of(call, origin).token,
    learn(call, responses) {
      for (const { headers, url } of responses) {
        const token = oneValue(headers.get(name));
        if (token) held.of(call, new URL(url).origin).token = token;
      }
    },
  };
}
