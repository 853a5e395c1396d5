/** Which requests do no harm when they are processed twice. */
import { getHeader, type HeaderList } from './headers.ts';

/** RFC 9110, section 9.2.2, and QUERY (RFC 10008). */
export const idempotentMethods: readonly string[] = Object.freeze([
  'GET',
  'PUT',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
]);

/** By the same key a server knows a request that it has processed already. */
export const idempotencyHeader = 'idempotency-key';

/** Whether it may be sent again where nobody knows what has become of it. */
export const isRepeatable = (method: string, headers: HeaderList): boolean =>
  idempotentMethods.includes(method) || getHeader(headers, idempotencyHeader) !== undefined;

/** By random numbers: a page that is not secure has no `crypto.randomUUID`. */
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  // RFC 9562, section 5.4: version 4, and the variant 8.
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-');
}
