import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Session } from '../../index.browser.ts';
import { type SetCookiePolicy, setCookieHeaders } from './set-cookie-headers.ts';

/** The part of Node's `ServerResponse` that is used. */
export interface ServerResponseLike {
  readonly headersSent: boolean;
  getHeader(name: string): number | string | string[] | undefined;
  setHeader(name: string, value: string[]): unknown;
}

/**
 * An h3 event: with Node's pair of request and response (h3 1), or with what its response will have
 * (h3 2, which may have Node's pair, too).
 */
export type OutgoingEventLike =
  | { readonly node: { readonly res: ServerResponseLike } }
  | { readonly res: { readonly headers: Headers } };

/**
 * Puts what {@link setCookieHeaders} gives on the answer to the visitor, after those cookies that
 * it has already. Nothing is set when it throws.
 *
 * @param outgoing a `Response` or its `Headers`, Node's `ServerResponse` (Express's `res`), or an
 * h3 event. Fastify replaces what its `reply.raw` has: it takes `reply.header('set-cookie',
 * setCookieHeaders(session))`.
 * @throws what `setCookieHeaders` throws; {@link InvalidRequestError} after the headers were sent,
 * and for a `Response` whose headers cannot be changed.
 */
export function applySetCookies(
  session: Session,
  outgoing: Response | Headers | ServerResponseLike | OutgoingEventLike,
  policy?: SetCookiePolicy,
): void {
  const lines = setCookieHeaders(session, policy);
  // The `headers` of an h3 event are the visitor's. What h3 2 finds on Node's response, it replaces
  // by that of its own.
  const { node, res } = Object(outgoing) as {
    node?: { res: ServerResponseLike };
    res?: { headers?: Headers };
  };
  const target = Object(res?.headers ?? node?.res ?? outgoing) as
    Response | Headers | ServerResponseLike;
  if ('setHeader' in target) return appendTo(target, lines);
  const headers = 'headers' in target ? target.headers : target;
  if (typeof headers?.append !== 'function')
    throw new InvalidRequestError(
      "applySetCookies() takes a Response, its Headers, Node's ServerResponse or an h3 event",
    );
  try {
    for (const line of lines) headers.append('set-cookie', line);
  } catch (cause) {
    throw new InvalidRequestError(
      'The headers of this Response cannot be changed: give new Response(response.body, response)',
      { cause },
    );
  }
}

function appendTo(response: ServerResponseLike, lines: string[]): void {
  if (response.headersSent)
    throw new InvalidRequestError(
      'The headers were sent already: call applySetCookies() before the first byte of the page',
    );
  const before = response.getHeader('set-cookie') ?? [];
  if (lines.length) response.setHeader('set-cookie', [...[before].flat().map(String), ...lines]);
}
