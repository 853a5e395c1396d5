import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { isToken } from './headers.ts';

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
