/** The end of a session. */
import { isClosed } from '../call/call.ts';
import { openCalls } from '../cancellation/open-calls.ts';
import { SessionClosedError } from '../errors/session-closed-error.ts';
import type { Failure, SessionState } from '../model.ts';

/**
 * Ends a session. Without a failure it lets what is under way go on to its end. One that made its
 * connections ends them, too; a child leaves its parent's open.
 */
export async function endSession(state: SessionState, failure: Failure | undefined): Promise<void> {
  state.closed = true;
  state.failure ??= failure;
  for (const call of openCalls(state)) {
    if (failure) call.cancel(failure.reason);
    else call.cancelUnread();
  }
  if (!failure) await lastCallEnded(state);
  state.ended = true;
  const { connections } = state;
  const transports = [...state.owned];
  state.owned.clear();
  if (state.ownsConnections) {
    connections.closed = true;
    connections.failure ??= failure;
    if (connections.made) transports.push(connections.made);
  }
  await Promise.all(
    transports.map(async (transport) => {
      if (failure && transport.destroy) await transport.destroy(failure.reason);
      else await transport.close?.();
    }),
  );
}

/** The state of a session that may still change. */
export function openState(state: SessionState): SessionState {
  if (isClosed(state)) throw new SessionClosedError();
  return state;
}

/** Without a reason of the caller's, each call has an error of its own, which says whose it is. */
export function failureOf(given: unknown): Failure {
  return {
    get reason() {
      return given === undefined ? new SessionClosedError('The session was destroyed') : given;
    },
  };
}

async function lastCallEnded(state: SessionState): Promise<void> {
  while (state.newest) await new Promise<void>((resolve) => (state.onCallEnd = resolve));
}
