/** {@link saveTo}: a response's body as a file. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Call } from '../../call/call.ts';
import type { Outgoing } from '../../model.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { SessionResponse } from '../../response/session-response.ts';
import { CallDeadline } from '../../cancellation/call-deadline.ts';
import { removeLeftovers } from './leftovers.ts';
import { PartFile } from './part-file.ts';
import { ResumableDownload } from './resumable-download.ts';
import { writeToFile } from './write-to-file.ts';

/** Options of {@link saveTo}. */
export interface SaveToOptions {
  /**
   * Whether a download that broke off is continued, in this call and in later ones.
   *
   * @default false
   */
  resume?: boolean | undefined;
}

/**
 * Writes a response's body, decoded, to a file. It is written beside `path` under a name of its
 * own, and takes the place of what is at `path` when it is whole and on the disk: nobody ever finds
 * half a file there. It keeps the permissions of a file that it replaces; a symbolic link is
 * replaced, not followed. A 304 leaves everything as it is. What a process that was killed has left
 * in the folder is removed by a later save there, of the same machine.
 *
 * With `resume`, a GET that breaks off goes on where it stopped, by the rules of the call's
 * `retry`, under its signal and its `timeout.total`. When that ends, too, what has come stays
 * beside `path`, and the next one to save the same version of the same URL there asks for the rest
 * alone. A version is known by a strong `ETag`, or without any by a `Last-Modified` that is a
 * minute old, and by its `content-length`. Where these are missing, the body is encoded
 * (`content-encoding`), or the server has another version by now or gives no ranges, the download
 * begins anew. Two versions are never mixed.
 *
 * @example
 *   ```ts
 *   import { Session } from 'isosession';
 *   import { saveTo } from 'isosession/node';
 *
 *   const session = new Session();
 *   const response = await session.get('https://example.com/large.iso');
 *   await saveTo(response, 'large.iso', { resume: true });
 *   ```
 *
 * @throws {HTTPError} for a status of 400 or more, as `json()` of the call does.
 * @throws {InvalidRequestError} for a `path` that is something else than a file. The errors of the
 *   file system are thrown as they are. Without `resume` nothing is left behind then.
 */
export async function saveTo(
  response: SessionResponse,
  path: string | URL,
  options: SaveToOptions = {},
): Promise<void> {
  if (!SessionResponse.is(response))
    throw new InvalidRequestError('saveTo() takes the response of a session: await the call first');
  const { source, call } = SessionResponse.stateOf(response);
  if (source && (source.used || source.locked)) throw new TypeError('The body was read already');
  // Now, as the process may change its directory.
  const destination = resolve(typeof path === 'string' ? path : fileURLToPath(path));
  const { resume } = nullPrototype<SaveToOptions>(options);

  // A response of a session has a whole call behind it, of which its layer knows a part.
  await holdOpen(call as Call, async (running, request) => {
    await running.checkData(response);
    if (response.status === 304) return;
    const isResumable = resume && response.status === 200 && request.method === 'GET';
    try {
      await removeLeftovers(dirname(destination));
      if (isResumable) await new ResumableDownload(running, request, response, destination).run();
      else await saveOnce(response, destination);
    } finally {
      source?.discard();
    }
  });
}

/**
 * The call goes on until the file stands, though its body may have ended: so do its signal and its
 * deadline, and its session waits for it.
 */
async function holdOpen(
  call: Call,
  task: (call: Call, request: Outgoing) => Promise<void>,
): Promise<void> {
  const hold = { cancel() {} };
  const total = new CallDeadline(call);
  call.attach(hold);
  if (call.given?.signal) call.follow(call.given.signal);
  if (call.deadline < Infinity) total.arm(call.deadline - performance.now());
  try {
    // It was sent, or there would be no response.
    await task(call, call.request as Outgoing);
  } finally {
    total.disarm();
    call.detach(hold);
  }
}

async function saveOnce(response: SessionResponse, destination: string): Promise<void> {
  const file = await PartFile.open(destination, undefined);
  try {
    await writeToFile(response, file);
    await file.commit();
  } finally {
    await file.close();
  }
}
