/** Requests for a part of a file: `Range` and `If-Range` (RFC 9110, sections 13.1.5 and 14.2). */
import type { Call } from '../../call/call.ts';
import type { GivenOptions, Outgoing } from '../../model.ts';
import { mergeOptions } from '../../options/merge.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { setHeader } from '../../request/headers.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { discard, discardWhenCollected } from '../../response/wrap-response.ts';
import { type FileVersion, isRest } from './file-version.ts';

/**
 * The rest of a version from that byte on, or, where that cannot be had, all of whatever there is
 * now.
 */
export async function askForRest(
  call: Call,
  request: Outgoing,
  version: FileVersion | undefined,
  from: number,
): Promise<SessionResponse> {
  const response = await ask(call, request, version, from);
  const isUnsatisfiable = response.status === 416;
  const isOtherPart = response.status === 206 && !isRest(response, version, from);
  if (!isUnsatisfiable && !isOtherPart) return response;
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
  setHeader(headers, 'range', from > 0 ? `bytes=${from}-` : undefined);
  setHeader(headers, 'if-range', from > 0 ? version?.value : undefined);
  // Retries and progress are those of the whole download.
  const own = nullPrototype<GivenOptions>({
    retry: nullPrototype({ limit: 0 }),
    onDownloadProgress: null,
  });
  const options = mergeOptions(request.options, own);
  const response = await call.within(call.state.send({ ...request, headers, options }));
  discardWhenCollected(response);
  return response;
}
