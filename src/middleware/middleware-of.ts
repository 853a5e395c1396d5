import { handleInternally, type InternalMiddleware } from './internal-middleware.ts';
import type { Handler, Outgoing } from '../model.ts';
import { fromSessionRequest, requestOf, toSessionRequest } from '../request/session-request.ts';
import type { SessionResponse } from '../response/session-response.ts';

/**
 * A middleware out of its private form. Its public one is for a middleware of a user's that calls
 * it, within a session.
 */
export function middlewareOf(
  handle: (request: Outgoing, next: Handler) => Promise<SessionResponse>,
): InternalMiddleware {
  return Object.assign(
    async (...[record, next]: Parameters<InternalMiddleware>): Promise<SessionResponse> => {
      const request = requestOf(record);
      // A call that has a record was prepared.
      if (!request) return next(record);
      return handle(fromSessionRequest(record, request), (inner) => next(toSessionRequest(inner)));
    },
    { [handleInternally]: handle },
  );
}
