import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { internals } from '../../internals.ts';
import type { BaseSession } from '../../session.ts';
import type { RenderOutput } from './render-output.ts';
import { isVisitorLayer } from './visitor-layer.ts';

/**
 * What the render that a session was made for has left so far.
 *
 * @throws {InvalidRequestError} for a session of no visitor; `what` was called with it.
 */
export function outputOf(session: BaseSession, what: string): RenderOutput {
  const { [internals]: state }: Partial<BaseSession> = Object(session);
  const layer = state?.cookieLayer;
  if (isVisitorLayer(layer)) return layer.output;
  throw new InvalidRequestError(`${what} takes a session of forwardSession(), or a child of one`);
}
