import { DecodeError } from '../../errors/decode-error.ts';
import type { Outgoing } from '../../model.ts';
import { sentOf } from '../../request/sent-request.ts';

/**
 * Refuses transfer codings that nobody has asked for (RFC 9112, section 7.4): undici would give the
 * body as it is, and where `chunked` is not the last of them wait for the connection's end.
 *
 * @throws {DecodeError} unless it is one that the parser undoes, or does not need to.
 */
export function refuseTransferCoding(request: Outgoing, coding: string): void {
  if (/^\s*(?:chunked|identity)\s*$/i.test(coding)) return;
  const sent = sentOf(request);
  throw new DecodeError(
    `${String(sent)} was answered with transfer-encoding "${coding}": ` +
      'a server may use chunked alone, as nothing else was asked for',
    { request: sent, context: request.call.context },
  );
}
