/** What is asked for anew while the caller has its answer already. */
import type { Cancellation } from '../../cancellation/cancellation.ts';
import { Deadline } from '../../cancellation/deadline.ts';
import { withinSession } from '../../cancellation/within-session.ts';
import { TimeoutError } from '../../errors/timeout-error.ts';
import type { Outgoing } from '../../model.ts';

/** ms that it may take. */
const longest = 60_000;

/** Runs a request that outlives its call, and ends with its session. */
export function inBackground(
  request: Outgoing,
  maxSize: number,
  run: (request: Outgoing) => Promise<void>,
): Promise<void> {
  return withinSession(request.call.state, async (cancellation) => {
    const expire = (): void => cancellation.cancel(new TimeoutError('total', longest));
    const deadline = new Deadline({ expire });
    deadline.arm(longest);
    try {
      await run(detached(request, cancellation, maxSize));
    } finally {
      deadline.disarm();
    }
  });
}

/** It is for what is kept, also of a HEAD, and its caller is told nothing of it. */
function detached(
  request: Outgoing,
  cancellation: Cancellation,
  maxResponseSize: number,
): Outgoing {
  const untold = { onDownloadProgress: undefined, onInformation: undefined };
  const options = { ...request.options, ...untold, maxResponseSize };
  return { ...request, method: 'GET', options, cancellation };
}
