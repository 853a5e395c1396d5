import { SessionClosedError } from '../errors/session-closed-error.ts';
import type { SessionState } from '../model.ts';
import { Cancellation } from './cancellation.ts';

/** Runs what is part of no call: it ends with its session, when the last call of that has ended. */
export async function withinSession<T>(
  state: Pick<SessionState, 'owned' | 'closed' | 'failure'> | undefined,
  run: (cancellation: Cancellation) => Promise<T>,
): Promise<T> {
  const cancellation = new Cancellation();
  const end = (reason: unknown = new SessionClosedError()) => cancellation.cancel(reason);
  if (state?.closed) end(state.failure?.reason);
  const underway = { close: async () => end(), destroy: async (reason: unknown) => end(reason) };
  state?.owned.add(underway);
  try {
    return await run(cancellation);
  } finally {
    state?.owned.delete(underway);
  }
}
