import { openCalls } from '../cancellation/open-calls.ts';
import type { SessionState } from '../model.ts';
import type { SessionStats } from '../types/session.ts';

export function statsOf(state: SessionState): SessionStats {
  const { cookies, connections, platform } = state;
  const held = platform.stats?.(connections.given ?? connections.made);
  return {
    sockets: 0,
    unreadBodies: 0,
    ...held,
    queued: (held?.queued ?? 0) + queuedByMiddleware(state),
    inFlight: openCalls(state).filter((call) => !call.settled).length,
    // A browser's store has no size.
    cookies: cookies?.size ?? 0,
  };
}

/** One may stand on several rings. */
function queuedByMiddleware({ rings }: SessionState): number {
  const all = new Set(Object.values(rings).flat());
  return [...all].reduce((sum, middleware) => sum + (middleware.stats?.().queued ?? 0), 0);
}
