import { NetworkError } from '../errors/network-error.ts';
import { TooManyRedirectsError } from '../errors/too-many-redirects-error.ts';
import { mayCarrySecrets } from '../request/credentials.ts';
import { isHarmless } from '../request/harmless.ts';
import { setHeader } from '../request/headers.ts';
import { identityOf } from '../request/identity.ts';
import { sentOf } from '../request/sent-request.ts';
import { ledElsewhere } from '../request/session-request.ts';
import { parseUrl, urlInHeader } from '../request/url.ts';
import { discard, SessionResponse } from '../response/session-response.ts';
import { oneValue } from '../response/text/parameters.ts';

/** What sending hop by hop needs of the library, of which it imports nothing. */
export const hopTools = {
  NetworkError,
  TooManyRedirectsError,
  discard,
  identityOf,
  isHarmless,
  ledElsewhere,
  mayCarrySecrets,
  oneValue,
  parseLocation: (text: string, base: string): URL =>
    parseUrl(urlInHeader(text), base, 'redirect target'),
  sentOf,
  setHeader,
  stateOf: SessionResponse.stateOf,
};
export type HopTools = typeof hopTools;
