/** Methods, and which requests do no harm when they are processed twice. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { getHeader, type HeaderList, isToken } from './headers.ts';
import { hexOf } from './text/byte-text.ts';

const upperCased = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|QUERY)$/i;

/**
 * Checks a method. Those of RFC 9110, PATCH and QUERY become upper case; others are kept as they
 * are, since methods are case-sensitive.
 */
export function readMethod(value: unknown, name: string): string {
  if (typeof value !== 'string' || !isToken(value)) {
    throw new InvalidRequestError(isDevelopment ? `${name} must be an HTTP method` : name);
  }
  return upperCased.test(value) ? value.toUpperCase() : value;
}

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'];

/** Whether it changes nothing (RFC 9110, section 9.2.1; RFC 10008). */
export const isSafe = (method: string): boolean => safeMethods.includes(method);

/** RFC 9110, section 9.2.2, and QUERY (RFC 10008). */
export const idempotentMethods: readonly string[] = /* @__PURE__ */ Object.freeze([
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
  // RFC 9562, section 5.4: version 4, and the variant 8.
  return hexOf(bytes).replace(/^(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-');
}
