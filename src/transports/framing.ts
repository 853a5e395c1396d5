/** What frames a message, or belongs to one connection: a transport says it, or nobody does. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { isAsyncIterable } from '../request/streams.ts';
import type { RequestBody } from '../types/request.ts';
import { isBytes } from '../request/host/brand.ts';

/** What concerns one connection (RFC 9110, section 7.6.1). */
export const ofConnection: ReadonlySet<string | undefined> = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);

/**
 * Takes the headers out, in place, that are the transport's to write, and gives the body to send.
 * The length of a stream, which nobody else knows, stays, and holds the stream to it.
 *
 * @throws {InvalidRequestError} for what contradicts the message: a `transfer-encoding`, and a
 * `content-length` that is not the body's.
 */
export function takeFraming(headers: Headers, body: RequestBody): RequestBody {
  if (headers.has('transfer-encoding')) refuseFraming('transfer-encoding');
  const given = headers.get('content-length') ?? undefined;
  const length = readLength(given, body);
  for (const name of [...headers.keys()])
    if (ofConnection.has(name) || name === 'proxy-authorization') headers.delete(name);
  if (length !== undefined && isAsyncIterable(body)) return withLength(body, length);
  headers.delete('content-length');
  return body;
}

/**
 * The `content-length` that a caller has given beside a body: what it says of a stream is taken at
 * its word. `undefined` where there is none, or no body.
 *
 * @throws {InvalidRequestError} for one that is no number, or not the body's.
 */
export function readLength(given: string | undefined, body: RequestBody): number | undefined {
  if (given === undefined || body === null) return undefined;
  const isTrue = isAsyncIterable(body) ? /^\d{1,15}$/.test(given) : given === lengthOf(body);
  return isTrue ? Number(given) : refuseFraming('content-length');
}

export function refuseFraming(name: string): never {
  throw new InvalidRequestError(
    isDevelopment
      ? `The header "${name}" frames the message otherwise than it is sent: leave it out`
      : name,
  );
}

/** In bytes; `undefined` of a form, before its boundary is drawn. */
function lengthOf(body: RequestBody): string | undefined {
  if (typeof body === 'string') return String(new TextEncoder().encode(body).length);
  if (isBytes(body)) return String(body.length);
  return body && 'size' in body ? String(body.size) : undefined;
}

/**
 * The same pieces, if they have so many bytes. The one that makes the length full waits for the end
 * of the stream: what has too few bytes, or too many, never is a whole message.
 */
export async function* withLength(
  body: AsyncIterable<Uint8Array | string>,
  length: number,
): AsyncGenerator<Uint8Array | string> {
  let size = 0;
  let last: Uint8Array | undefined;
  for await (const piece of body) {
    const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
    // What is no bytes has no length: who writes it says so.
    size += bytes.byteLength || 0;
    if (size > length) throw lengthError(length, `at least ${size}`);
    if (size === length && bytes.byteLength) last = bytes;
    else yield bytes;
  }
  if (size < length) throw lengthError(length, String(size));
  if (last) yield last;
}

function lengthError(said: number, bytes: string): InvalidRequestError {
  return new InvalidRequestError(`The content-length is ${said}, but the body has ${bytes} bytes`);
}
