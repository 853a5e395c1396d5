import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { isFieldValue, isToken } from '../../request/headers.ts';
import { headerOf, type Visit } from './incoming.ts';

/**
 * What is forwarded unless the caller says otherwise: the language, and what ties the logs of
 * servers together.
 */
const usual = ['accept-language', 'traceparent', 'tracestate', 'x-request-id'];

/**
 * What belongs to one connection (RFC 9110, section 7.6.1), says whose request it is, or is the
 * visitor's secret.
 */
const never =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|http2-settings|expect|host|content-.*|forwarded|x-forwarded(?:-.*)?|x-real-ip|origin|referer|sec-.*|(?:set-)?cookie2?|authorization)$/;

/**
 * The visitor's headers that may be forwarded, by their names in lower case. What the visitor's
 * `Connection` names is none of them, and what is no header is left out.
 */
export function readVisitorHeaders(
  visit: Visit,
  names: readonly string[] = usual,
): Map<string, string> {
  const headers = new Map<string, string>();
  for (const given of names) {
    const name = given.toLowerCase();
    if (never.test(name) || !isToken(name))
      throw new InvalidRequestError(
        `forwardHeaders: ${JSON.stringify(name)} is never forwarded${meant(name)}`,
      );
    const value = headerOf(visit, name);
    if (value !== undefined && isFieldValue(value)) headers.set(name, value);
  }
  const hops = headers.size
    ? headerOf(visit, 'connection')
        ?.toLowerCase()
        .split(/[\s,]+/)
    : undefined;
  for (const name of hops ?? []) headers.delete(name);
  return headers;
}

function meant(name: string): string {
  return name === 'cookie'
    ? ": the visitor's cookies go to the origins in `to`, those of forwardCookies"
    : name === 'authorization'
      ? ': give the session that is returned an auth'
      : ': where you know its value, set it in headers';
}
