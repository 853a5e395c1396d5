import { openCalls } from '../cancellation/open-calls.ts';
import type { SessionState } from '../model.ts';
import type { SessionStats } from '../types/session.ts';

export function statsOf(state: SessionState): SessionStats {
  const { cookies, connections, platform } = state;
  return {
    sockets: 0,
    queued: 0,
    unreadBodies: 0,
    ...platform.stats?.(connections.given ?? connections.made),
    inFlight: openCalls(state).filter((call) => !call.settled).length,
    // A browser's store has no size.
    cookies: cookies?.size ?? 0,
  };
}
