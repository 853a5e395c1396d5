/** The verbs as functions: one call in a session of its own. */
import type { ResponsePromise } from './core/response-promise.ts';
import { BaseSession } from './session.ts';
import type { RequestOptions } from './types.ts';

/** One call in a session of its own, which is closed when the body ends, is cancelled or is collected. */
export type Verb = (input: string | URL | Request, options?: RequestOptions) => ResponsePromise;

/** The verbs of a platform: `del` is DELETE, as `delete` is a word of the language. */
export interface Verbs {
  request: Verb;
  get: Verb;
  post: Verb;
  put: Verb;
  patch: Verb;
  del: Verb;
  head: Verb;
  options: Verb;
}

export function verbs(make: () => BaseSession): Verbs {
  const verb = (method?: string): Verb => (input, options) => BaseSession.callOnce(make(), input, options, method);
  return { request: verb(), get: verb('GET'), post: verb('POST'), put: verb('PUT'), patch: verb('PATCH'), del: verb('DELETE'), head: verb('HEAD'), options: verb('OPTIONS') };
}
