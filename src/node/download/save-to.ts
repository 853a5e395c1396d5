/** {@link saveTo}: a response's body as a file. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { NetworkError } from '../../errors/network-error.ts';
import { discardWhenCollected } from '../../response/wrap-response.ts';
import { report } from '../../response/body-source.ts';
import type { Call } from '../../call/call.ts';
import { setHeader } from '../../request/headers.ts';
import { discard, SessionResponse } from '../../response/session-response.ts';
import { runAttempts } from '../../middleware/retry.ts';
import type { ProgressCallback } from '../../types/progress.ts';
import type { RetryState } from '../../types/retry.ts';
import { Deadline } from '../timers/shared-deadline.ts';
import { type FileVersion, isRest, versionOf } from './file-version.ts';
import { PartFile, removeOtherParts } from './part-file.ts';
import { pieces } from '../../request/streams.ts';
import type { GivenOptions, Outgoing } from '../../model.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { mergeOptions } from '../../options/merge.ts';

/** Options of {@link saveTo}. */
export interface SaveToOptions {
  /**
   * Whether a download that broke off is continued, in this call and in later ones. Default false.
   */
  resume?: boolean | undefined;
}

/**
 * Writes a response's body, decoded, to a file. It is written beside `path` under a name of its
 * own, and takes the place of what is at `path` when it is whole and on the disk: nobody ever finds
 * half a file there. It keeps the permissions of a file that it replaces; a symbolic link is
 * replaced, not followed. A 304 leaves everything as it is.
 *
 * ```ts
 * import { saveTo } from 'isosession/node';
 *
 * await saveTo(await session.get('https://example.com/large.iso'), 'large.iso', { resume: true });
 * ```
 *
 * With `resume`, a GET that breaks off goes on where it stopped, by the rules of the call's
 * `retry`, under its signal and its `timeout.total`. When that ends, too, what has come stays
 * beside `path`, and the next one to save the same version of the same URL there asks for the rest
 * alone. A version is known by a strong `ETag`, or without any by a `Last-Modified` that is a
 * minute old, and by its `content-length`. Where these are missing, the body is encoded
 * (`content-encoding`), or the server has another version by now or gives no ranges, the download
 * begins anew. Two versions are never mixed.
 *
 * @throws {HTTPError} for a status of 400 or more, as `json()` of the call does; {@link
 * InvalidRequestError} for a `path` that is something else than a file. The errors of the file
 * system are thrown as they are. Without `resume` nothing is left behind then.
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
  const target = resolve(typeof path === 'string' ? path : fileURLToPath(path));
  const { resume } = nullPrototype<SaveToOptions>(options);
  await holdOpen(call as Call, async (running, request) => {
    await running.checkData(response);
    if (response.status === 304) return;
    try {
      await (resume && response.status === 200 && request.method === 'GET'
        ? download(response, target, running, request)
        : save(response, target));
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
  const total = new Deadline(call);
  call.attach(hold);
  if (call.given?.signal) call.follow(call.given.signal);
  if (call.deadline < Infinity) total.arm(call.deadline - performance.now());
  try {
    await task(call, call.request as Outgoing);
  } finally {
    total.disarm();
    call.detach(hold);
  }
}

async function save(response: SessionResponse, target: string): Promise<void> {
  const file = await PartFile.open(target, undefined);
  try {
    await write(response, file, 0);
    await file.commit();
  } finally {
    await file.close();
  }
}

/** Writes a body from that byte of the file on; gives the byte after it. */
async function write(
  response: SessionResponse,
  file: PartFile,
  from: number,
  total = 0,
  progress?: ProgressCallback,
): Promise<number> {
  let at = from;
  for await (const chunk of pieces(response.body ?? [])) {
    await file.write(chunk, at);
    report(progress, (at += chunk.length), total, chunk);
  }
  return at;
}

/**
 * Saves by as many requests as the call's `retry` allows. Each attempt finds on the disk what those
 * before it have left, in this process or in another.
 */
async function download(
  first: SessionResponse,
  target: string,
  call: Call,
  asked: Outgoing,
): Promise<void> {
  const {
    retry: { shouldRetry },
    onDownloadProgress,
  } = asked.options;
  let version = versionOf(first, asked);
  let given: SessionResponse | undefined = first;
  let saved = false;

  const attempt = async (request: Outgoing): Promise<SessionResponse> => {
    let response = given;
    given = undefined;
    let file = await PartFile.open(target, version);
    try {
      // Else a process ended between the last byte and the name.
      if (file.size !== version?.length) {
        // Of what is here in part the rest alone is wanted, unless all of it has come meanwhile.
        if (response && file.size > 0 && !SessionResponse.stateOf(response).source?.ended) {
          discard(response);
          response = undefined;
        }
        response ??= await askFor(call, request, version, file.size);
        const from = isRest(response, version, file.size) ? file.size : 0;
        if (response.status === 200) {
          const now = versionOf(response, asked);
          if (now?.key !== version?.key) {
            await file.close();
            version = now;
            file = await PartFile.open(target, version);
          }
        } else if (!from) return response;
        // What the call itself has asked for tells of its progress without us.
        const end = await write(
          response,
          file,
          from,
          version?.length,
          response === first ? undefined : onDownloadProgress,
        );
        if (version && end !== version.length)
          throw new NetworkError(
            `${version.length} bytes of a file were to come, and ${end} came`,
            { request: response.request },
          );
      }
      await file.commit();
      saved = true;
      return response ?? first;
    } finally {
      await file.close();
    }
  };

  // What is saved is not to be repeated, whatever is made of its status.
  const retry = nullPrototype({
    shouldRetry: (state: RetryState) => (saved ? false : shouldRetry?.(state)),
  });
  const last = await runAttempts(
    { ...asked, options: mergeOptions(asked.options, nullPrototype<GivenOptions>({ retry })) },
    { beforeRetry: call.state.hooks.beforeRetry, send: attempt },
  );
  if (!saved)
    throw new NetworkError(
      `${last.request.method} ${last.url} answered ${last.throwForStatus().status} instead of a file`,
      { request: last.request },
    );
  await removeOtherParts(target, version);
}

/**
 * The rest of a version from that byte on, or, where that cannot be had, all of whatever there is
 * now.
 */
async function askFor(
  call: Call,
  request: Outgoing,
  version: FileVersion | undefined,
  from: number,
): Promise<SessionResponse> {
  const response = await ask(call, request, version, from);
  if (response.status !== 416 && (response.status !== 206 || isRest(response, version, from)))
    return response;
  discard(response);
  return ask(call, request, undefined, 0);
}

/** Sends the call's request once more, through the same middleware, credentials and redirects. */
async function ask(
  call: Call,
  request: Outgoing,
  version: FileVersion | undefined,
  from: number,
): Promise<SessionResponse> {
  const headers = request.headers.slice();
  // Only bytes that are not encoded can be counted from one response to the next.
  setHeader(headers, 'accept-encoding', 'identity');
  setHeader(headers, 'range', from ? `bytes=${from}-` : undefined);
  setHeader(headers, 'if-range', from ? version?.value : undefined);
  // Retries and progress are those of the whole download.
  const options = mergeOptions(
    request.options,
    nullPrototype<GivenOptions>({ retry: nullPrototype({ limit: 0 }), onDownloadProgress: null }),
  );
  const response = await call.within(call.state.send({ ...request, headers, options }));
  discardWhenCollected(response);
  return response;
}
