import { NetworkError } from '../errors/network-error.ts';
import { TooManyRedirectsError } from '../errors/too-many-redirects-error.ts';
import { mayCarrySecrets } from '../request/credentials.ts';
import { isHarmless } from '../request/harmless.ts';
import { setHeader } from '../request/headers.ts';
import { sentOf } from '../request/sent-request.ts';
import { parseUrl, urlInHeader } from '../request/url.ts';
import { SessionResponse } from '../response/session-response.ts';
import { discard } from '../response/wrap-response.ts';
import { oneValue } from '../response/text/parameters.ts';

/** The redirect statuses of the Fetch standard. */
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export const isRedirect = (status: number): boolean => redirectStatuses.has(status);

/** What the chunk of redirects needs of the library. */
export const redirectTools = {
  NetworkError,
  TooManyRedirectsError,
  discard,
  isHarmless,
  mayCarrySecrets,
  oneValue,
  parseUrl,
  sentOf,
  setHeader,
  stateOf: SessionResponse.stateOf,
  urlInHeader,
};

export type RedirectTools = typeof redirectTools;
