import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { BaseSession } from '../../session.ts';
import type { SetCookieLine } from '../cookies/set-cookie-line.ts';
import { VisitorLayer } from '../visitor/visitor-layer.ts';
import { internals } from '../../internals.ts';

/** What one render leaves behind for the page. */
export interface Render {
  /** `Set-Cookie` lines of the declared backends, each with the path that it was set at. */
  readonly setCookies: { readonly line: SetCookieLine; readonly at: string }[];
  /** Responses for the browser, each as JSON that is safe in HTML. */
  readonly responses: string[];
}

/** The render that a session was made for. */
export function renderOf(session: BaseSession, what: string): Render {
  const layer = (Object(session) as Partial<BaseSession>)[internals]?.cookieLayer;
  if (!(layer instanceof VisitorLayer))
    throw new InvalidRequestError(`${what} takes a session of forwardSession(), or a child of one`);
  return layer.render;
}
