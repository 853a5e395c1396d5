/** The answer to the visitor, whatever server gives it: one function for each. */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';

/** The part of Node's `ServerResponse` that is used. */
export interface ServerResponseLike {
  /** Whether the headers have gone out. Then no cookie can be set any more, and it throws. */
  readonly headersSent: boolean;
  /** Asked for `set-cookie` alone: what is there already goes before the session's cookies. */
  getHeader(name: string): number | string | string[] | undefined;
  /** Sets `set-cookie` alone, one line an element. Not called when there is no cookie. */
  setHeader(name: string, value: string[]): unknown;
}

/**
 * An h3 event: with Node's pair of request and response (h3 1), or with what its response will have
 * (h3 2, which may have Node's pair, too).
 */
export type OutgoingEventLike =
  | {
      /** Node's pair, of which only the response is looked at. */
      readonly node: {
        /** The response that the cookies are set on. */
        readonly res: ServerResponseLike;
      };
    }
  | {
      /** What the response will have. It goes before `node`. */
      readonly res: {
        /** The headers that the cookies are appended to. */
        readonly headers: Headers;
      };
    };

/** Adds `Set-Cookie` lines to those that the answer has already. */
export function writeSetCookies(outgoing: unknown, lines: readonly string[]): void {
  const answer = fromH3(outgoing) ?? outgoing;
  if (isServerResponse(answer)) return toNode(answer, lines);
  const headers = fromWeb(answer);
  if (headers) return toWeb(headers, lines);
  throw new InvalidRequestError(
    "applySetCookies() takes a Response, its Headers, Node's ServerResponse or an h3 event",
  );
}

/** The answer in an event of h3; `undefined` when it is none. */
function fromH3(value: unknown): unknown {
  const { node, res }: { node?: { res?: unknown }; res?: { headers?: unknown } } = Object(value);
  // What h3 2 finds on Node's response, it replaces by that of its own. The `headers` of the event
  // itself are the visitor's.
  return res?.headers ?? node?.res;
}

function isServerResponse(value: unknown): value is ServerResponseLike {
  return 'setHeader' in Object(value);
}

/** The headers of a `Response`, or `Headers` that were given themselves. */
function fromWeb(value: unknown): Headers | undefined {
  const { headers = value }: { headers?: unknown } = Object(value);
  return isHeaders(headers) ? headers : undefined;
}

function isHeaders(value: unknown): value is Headers {
  return typeof Object(value).append === 'function';
}

function toNode(response: ServerResponseLike, lines: readonly string[]): void {
  if (response.headersSent)
    throw new InvalidRequestError(
      'The headers were sent already: call applySetCookies() before the first byte of the page',
    );
  if (!lines.length) return;
  const before = [response.getHeader('set-cookie') ?? []].flat().map(String);
  response.setHeader('set-cookie', [...before, ...lines]);
}

function toWeb(headers: Headers, lines: readonly string[]): void {
  try {
    for (const line of lines) headers.append('set-cookie', line);
  } catch (cause) {
    throw new InvalidRequestError(
      'The headers of this Response cannot be changed: give new Response(response.body, response)',
      { cause },
    );
  }
}
