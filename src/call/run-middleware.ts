import { handleInternally, isInternalMiddleware } from '../middleware/internal-middleware.ts';
import type { Handler, Outgoing } from '../model.ts';
import { fromSessionRequest, toSessionRequest } from '../request/session-request.ts';
import type { SessionResponse } from '../response/session-response.ts';
import { discardWhenCollected, wrapResponse } from '../response/wrap-response.ts';
import type { Middleware, Next } from '../types/middleware.ts';

/** Whether a middleware need not end when its call does. */
export const isUserCode = (middleware: Middleware): boolean => !isInternalMiddleware(middleware);

/**
 * Runs one middleware around `next`. Public records are made here, and only here, so that a call
 * without middleware of a user's pays for none.
 */
export function runMiddleware(
  middleware: Middleware,
  request: Outgoing,
  next: Handler,
): Promise<SessionResponse> {
  if (isInternalMiddleware(middleware)) return middleware[handleInternally](request, next);
  return runPublic(middleware, request, next);
}

async function runPublic(
  middleware: Middleware,
  request: Outgoing,
  next: Handler,
): Promise<SessionResponse> {
  const record = toSessionRequest(request);
  const publicNext: Next = async (given = record) => {
    const response = await next(fromSessionRequest(given, request));
    // The middleware may give another one, or an error, and drop this.
    discardWhenCollected(response);
    return response;
  };
  return wrapResponse(await middleware(record, publicNext), request);
}
