import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { RequestBody } from '../types/request.ts';
import { isBytes } from '../request/brand.ts';

/**
 * What belongs to one connection (RFC 9110, section 7.6.1), to the framing of a message, or to a
 * proxy: a transport says it by itself, or nobody does.
 */
const ownNames =
  /^(?:connection|content-length|expect|keep-alive|proxy-\w+|te|trailer|upgrade|http2-settings)$/;

/**
 * Takes the headers out, in place, that are the transport's to write.
 *
 * @throws {InvalidRequestError} for what contradicts the message: a `transfer-encoding`, and a
 * `content-length` that is not the body's.
 */
export function dropFraming(headers: Headers, body: RequestBody): void {
  const given = headers.get('content-length');
  const length = lengthOf(body);
  if (headers.has('transfer-encoding')) refuse('transfer-encoding');
  if (given !== null && length !== undefined && given !== String(length)) refuse('content-length');
  for (const name of [...headers.keys()]) if (ownNames.test(name)) headers.delete(name);
}

function refuse(name: string): never {
  throw new InvalidRequestError(
    isDevelopment
      ? `The header "${name}" frames the message otherwise than it is sent: leave it out`
      : name,
  );
}

/** In bytes; `undefined` where there is no body, or it shows only as it is sent. */
function lengthOf(body: RequestBody): number | undefined {
  if (body === null) return undefined;
  if (typeof body === 'string') return new TextEncoder().encode(body).length;
  if (isBytes(body)) return body.length;
  return 'size' in body && typeof body.size === 'number' ? body.size : undefined;
}
