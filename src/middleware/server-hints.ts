import { oneValue, readParameters } from '../response/text/parameters.ts';
import type { ServerHints } from './retry-after.ts';

/** The fields of a response, to be read for what the server says of when to come back. */
export function hintsOf(headers: Headers): ServerHints {
  return { get: (name) => oneValue(headers.get(name)), readParameters };
}
