import { Cancellation } from '../../cancellation/cancellation.ts';
import { Deadline } from '../../cancellation/deadline.ts';

/** How long one call waits for another, in ms. */
const longestWait = 5_000;

/** Whether the promise resolves soon. Rejects when the call ends. */
export async function comesInTime(
  promise: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const cancellation = new Cancellation();
  if (signal) cancellation.follow(signal);
  let expire!: () => void;
  const expired = new Promise<false>((resolve) => (expire = () => resolve(false)));
  const deadline = new Deadline({ expire });
  deadline.arm(longestWait);
  try {
    return await cancellation.within(Promise.race([promise.then(() => true), expired]));
  } finally {
    deadline.disarm();
    cancellation.release();
  }
}
