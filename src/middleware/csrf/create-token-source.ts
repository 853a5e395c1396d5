import { cookieSource } from './cookie-source.ts';
import { endpointSource } from './endpoint-source.ts';
import { headerSource } from './header-source.ts';
import { metaSource } from './meta-source.ts';
import type { CsrfFrom, TokenSource } from './token-source.ts';

/** The source for what `csrf({ from })` says. */
export function createTokenSource(from: CsrfFrom): TokenSource {
  if ('cookie' in from) return cookieSource(from.cookie);
  if ('meta' in from) return metaSource(from.meta);
  if ('header' in from) return headerSource(from.header);
  return endpointSource(from.url, from.pick);
}
