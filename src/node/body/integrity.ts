/** Subresource integrity: the digest of a body is checked before anybody reads it. */
import { createHash } from 'node:crypto';
import { NetworkError } from '../../errors/network-error.ts';
import { sentOf } from '../../request/sent-request.ts';
import { SessionResponse } from '../../response/session-response.ts';
import { Cancellation } from '../../cancellation/cancellation.ts';
import { StreamBody } from '../../response/body/stream-body.ts';
import { queueing } from './chunk-queues.ts';

/** The call's, for a body that is here and does not keep it running. */
class LateCancellation extends Cancellation {
  readonly #call: Cancellation;

  constructor(call: Cancellation) {
    super();
    this.#call = call;
  }

  override catchUp(): void {
    this.#call.catchUp();
    if (this.#call.aborted) this.cancel(this.#call.reason);
  }
}

/** From the weakest to the strongest (SRI, "valid SRI hash algorithm token set"). */
const algorithms = ['sha256', 'sha384', 'sha512'];

/**
 * Reads the whole body and checks it against the strongest digests of `integrity` (SRI, "do bytes
 * match metadataList"); none is an empty one. Redirects are not checked: nobody gets their bodies.
 */
export async function verifyIntegrity(
  response: SessionResponse,
  integrity: string,
  call: Cancellation,
): Promise<SessionResponse> {
  const state = SessionResponse.stateOf(response);
  if (state.locations?.some(Boolean)) return response;
  const strongest = strongestOf(integrity);
  if (!strongest) return response;
  const bytes = (await state.source?.bytes()) ?? new Uint8Array();
  const actual = createHash(strongest.algorithm).update(bytes).digest('base64url');
  const request = sentOf(state.sent);
  if (!strongest.digests.includes(actual))
    throw new NetworkError('The body does not match its integrity', {
      request,
      context: state.call.context,
    });
  if (!state.source) return response;
  state.source = new StreamBody(new Blob([bytes]).stream(), {
    timeout: 0,
    limit: undefined,
    progress: undefined,
    total: 0,
    cancellation: new LateCancellation(call),
    request,
    context: state.call.context,
    queueing,
  });
  return response;
}

/**
 * The digests of the strongest algorithm, in base64url without padding. One that is malformed
 * counts, and is that of no body (SRI, "parse metadata").
 */
function strongestOf(
  integrity: string,
): { readonly algorithm: string; readonly digests: readonly string[] } | undefined {
  const items = integrity.split(/[\t\n\f\r ]+/).map((item) => {
    const [expression = ''] = item.split('?', 1);
    const [algorithm = ''] = expression.split('-', 1);
    return { algorithm: algorithm.toLowerCase(), value: expression.slice(algorithm.length + 1) };
  });
  const algorithm = algorithms.findLast((known) => items.some((item) => item.algorithm === known));
  if (algorithm === undefined) return undefined;
  const strongest = items.filter((item) => item.algorithm === algorithm);
  return { algorithm, digests: strongest.map(({ value }) => toUrlAlphabet(value)) };
}

/** A digest in base64 or base64url, with its padding or without, as base64url without. */
function toUrlAlphabet(digest: string): string {
  const unpadded = digest.replace(/={1,2}$/, '');
  return unpadded.replaceAll('+', '-').replaceAll('/', '_');
}
