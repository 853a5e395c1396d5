import type { Outgoing } from '../../model.ts';
import { IncomingBody } from '../body/incoming-body.ts';
import type { Wire } from '../body/wire.ts';
import { refuseTransferCodings } from './transfer-coding.ts';
import { fieldOf, leadsElsewhere, mayHaveBody, type ResponseHeaders } from './undici-response.ts';

/**
 * The body that a response begins; `undefined` where it has none.
 *
 * @throws {DecodeError} for codings that cannot be undone.
 */
export function bodyOf(
  wire: Wire,
  request: Outgoing,
  status: number,
  headers: ResponseHeaders,
): IncomingBody | undefined {
  if (!mayHaveBody(request.method, status)) return undefined;
  refuseTransferCodings(request, headers);
  // A redirect's body is not read, and so not decoded.
  const isFollowed = request.options.redirect !== 'manual' && leadsElsewhere(status, headers);
  const coding = isFollowed ? undefined : fieldOf(headers, 'content-encoding');
  return new IncomingBody(wire, request, headers, coding);
}
