/** What frames a message, or belongs to one connection: a transport says it, or nobody does. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { filterHeaders, getHeader, type HeaderList } from '../request/headers.ts';
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

/** What frames a message, and what is for a proxy alone. */
const ofMessage: ReadonlySet<string> = new Set([
  'content-length',
  'proxy-authorization',
  'transfer-encoding',
]);

/** The headers that a transport may be given, and the body that goes with them. */
export interface Framed {
  readonly headers: HeaderList;
  readonly body: RequestBody;
}

/**
 * Takes the headers out that are the transport's to write. The length of a stream, which nobody
 * else knows, stays, and holds the stream to it.
 *
 * @throws {InvalidRequestError} for what contradicts the message: a `transfer-encoding`, and a
 * `content-length` that is not the body's.
 */
export function takeFraming(given: HeaderList, body: RequestBody): Framed {
  if (!given.some(isFraming)) return { headers: given, body };
  if (getHeader(given, 'transfer-encoding') !== undefined) refuseFraming('transfer-encoding');
  const length = readLength(getHeader(given, 'content-length'), body);
  const isHeld = length !== undefined && isAsyncIterable(body);
  const headers = filterHeaders(
    given,
    (name) => !isFraming(name) || (isHeld && name === 'content-length'),
  );
  return { headers, body: isHeld ? withLength(body, length) : body };
}

/** A value that reads as such a name costs no more than a second look. */
const isFraming = (name: string): boolean => ofConnection.has(name) || ofMessage.has(name);

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
