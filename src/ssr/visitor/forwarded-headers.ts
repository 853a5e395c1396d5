import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { isFieldValue, isToken } from '../../request/headers.ts';
import type { VisitorRequest } from '../incoming/visitor-request.ts';

/**
 * What is forwarded unless the caller says otherwise: the language, and what ties the logs of
 * servers together.
 */
const defaultNames = ['accept-language', 'traceparent', 'tracestate', 'x-request-id'];

/** What is never forwarded, one reason a line. */
const neverForwarded = [
  // It belongs to one connection (RFC 9110, section 7.6.1), as all that a proxy is told does.
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|http2-settings|expect)$/,
  // It belongs to one body.
  /^content-.*$/,
  // It says whose request it is, and anybody can send it.
  /^(?:host|forwarded|x-forwarded(?:-.*)?|x-real-ip|origin|referer|sec-.*)$/,
  // It is the visitor's secret.
  /^(?:(?:set-)?cookie2?|authorization)$/,
];

/** What to do instead, by the name that was asked for. */
const instead = new Map([
  ['cookie', "the visitor's cookies go to the origins in `to`, those of forwardCookies"],
  ['authorization', 'give the session that is returned an auth'],
]);

/**
 * The visitor's headers that may be forwarded, by their names in lower case. What the visitor's
 * `Connection` names is none of them, and what is no header is left out.
 */
export function readForwardedHeaders(
  visitor: VisitorRequest,
  names: readonly string[] = defaultNames,
): Map<string, string> {
  const headers = new Map<string, string>();
  for (const given of names) {
    const name = given.toLowerCase();
    if (!isToken(name) || neverForwarded.some((pattern) => pattern.test(name))) {
      const advice = instead.get(name) ?? 'where you know its value, set it in headers';
      throw new InvalidRequestError(
        `forwardHeaders: ${JSON.stringify(name)} is never forwarded: ${advice}`,
      );
    }
    const value = visitor.header(name);
    if (value !== undefined && isFieldValue(value)) headers.set(name, value);
  }
  if (headers.size > 0) for (const name of namedByConnection(visitor)) headers.delete(name);
  return headers;
}

/** The headers that end with the visitor's own connection (RFC 9110, section 7.6.1). */
function namedByConnection(visitor: VisitorRequest): string[] {
  const connection = visitor.header('connection')?.toLowerCase();
  return connection?.split(/[\s,]+/) ?? [];
}
