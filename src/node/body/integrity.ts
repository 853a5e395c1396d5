/** Subresource integrity: the digest of a body is checked before anybody reads it. */
import { createHash } from 'node:crypto';
import { NetworkError } from '../../errors/network-error.ts';
import { SessionResponse } from '../../response/session-response.ts';
import { Cancellation } from '../../cancellation/cancellation.ts';
import { isRedirect } from '../../transports/redirects.ts';
import { StreamBody } from '../../response/stream-body.ts';

/**
 * Reads the whole body and checks it against the strongest digests of `integrity` (W3C SRI, section
 * 3.3.4). Redirects are not checked: nobody gets their bodies.
 */
export async function verifyIntegrity(
  response: SessionResponse,
  integrity: string,
): Promise<SessionResponse> {
  const state = SessionResponse.stateOf(response);
  if (!state.source || (isRedirect(response.status) && response.headers.has('location')))
    return response;
  const digests = integrity.split(/\s+/).flatMap((item) => {
    const [, algorithm, digest] =
      /^(sha256|sha384|sha512)-([A-Za-z\d+/_-]+=*)(?:\?.*)?$/.exec(item) ?? [];
    return algorithm && digest
      ? [{ algorithm, digest: digest.replace(/-/g, '+').replace(/_/g, '/') }]
      : [];
  });
  const strongest = digests
    .map(({ algorithm }) => algorithm)
    .sort()
    .at(-1);
  if (!strongest) return response;
  const bytes = await state.source.bytes();
  const actual = createHash(strongest).update(bytes).digest('base64');
  const { request } = response;
  if (!digests.some(({ algorithm, digest }) => algorithm === strongest && digest === actual))
    throw new NetworkError(`The body of ${request.url} does not match its integrity`, {
      request,
      context: state.call.context,
    });
  state.source = new StreamBody(new Blob([bytes]).stream(), {
    timeout: 0,
    limit: undefined,
    progress: undefined,
    total: 0,
    cancellation: new Cancellation(),
    request,
    context: state.call.context,
  });
  return response;
}
