import { Cancellation } from '../../../cancellation/cancellation.ts';
import { Deadline } from '../../../cancellation/deadline.ts';
import { InvalidRequestError } from '../../../errors/invalid-request-error.ts';

/** How long a call waits, in ms: nothing else ends a renewal that waits for itself. */
const longestWait = 60_000;

/** What the promise settles to, unless the call ends before, or has waited too long. */
export async function waitForTokens<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const cancellation = new Cancellation();
  const deadline = new Deadline({
    expire: () =>
      cancellation.cancel(
        new InvalidRequestError(
          'refresh(): no tokens came within 60 s. A call that load, renew or save makes in the ' +
            'session itself needs auth: null',
        ),
      ),
  });
  deadline.arm(longestWait);
  if (signal) cancellation.follow(signal);
  try {
    return await cancellation.within(promise);
  } finally {
    deadline.disarm();
    cancellation.release();
  }
}
