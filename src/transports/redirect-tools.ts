import { NetworkError } from '../errors/network-error.ts';
import { TooManyRedirectsError } from '../errors/too-many-redirects-error.ts';
import { isHarmless } from '../request/harmless.ts';
import { sentOf } from '../request/sent-request.ts';
import { parseUrl, urlInHeader } from '../request/url.ts';
import { discard, SessionResponse } from '../response/session-response.ts';
import { oneValue } from '../response/text/parameters.ts';

/** What following a redirect needs of the library, of which it imports nothing. */
export const redirectTools = {
  NetworkError,
  TooManyRedirectsError,
  discard,
  isHarmless,
  oneValue,
  parseLocation: (text: string, base: string): URL =>
    parseUrl(urlInHeader(text), base, 'redirect target'),
  sentOf,
  stateOf: SessionResponse.stateOf,
};
export type RedirectTools = typeof redirectTools;
