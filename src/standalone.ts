/** The verbs as functions: one call in a session of its own. */
import type { ResponsePromise } from './response/response-promise.ts';
import type { BaseSession } from './session.ts';
import type { RequestOptions } from './types/options.ts';
import { internals } from './internals.ts';

/**
 * One call in a session of its own, which is closed when the body ends, is cancelled or is
 * collected.
 */
export type Verb<Options = RequestOptions> = (
  input: string | URL | Request,
  options?: Options,
) => ResponsePromise;

type VerbName =
  'request' | 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options' | 'query';

/** Makes such functions for a platform. Each is an export that a bundler can leave out. */
export function oneCall(make: () => BaseSession): (verb: VerbName) => Verb {
  return (verb) => (input, options) => {
    const session = make();
    session[internals].onCallEnd = () => void session.close();
    return session[verb](input, options);
  };
}
