import { DecodeError } from '../../errors/decode-error.ts';
import type { Outgoing } from '../../model.ts';
import { sentOf } from '../../request/sent-request.ts';
import { fieldOf, type ResponseHeaders } from './undici-response.ts';

/** What the parser undoes, or does not need to. */
const known = new Set(['chunked', 'identity']);

/**
 * Refuses transfer codings that nobody has asked for (RFC 9112, section 7.4): undici would give the
 * body as it is, and where `chunked` is not the last of them wait for the connection's end.
 *
 * @throws {DecodeError}
 */
export function refuseTransferCodings(request: Outgoing, headers: ResponseHeaders): void {
  const value = fieldOf(headers, 'transfer-encoding');
  if (value === undefined || known.has(value.trim().toLowerCase())) return;
  throw new DecodeError(
    `${request.method} ${request.url.origin} was answered with transfer-encoding "${value}": ` +
      'a server may use chunked alone, as nothing else was asked for',
    { request: sentOf(request), context: request.call.context },
  );
}
