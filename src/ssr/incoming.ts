/** The visitor's request, whatever server it came to. Servers are known by the shape of what they give: nothing of theirs is imported. */
import { InvalidRequestError } from '../errors.ts';
import type { ServerResponseLike } from './apply-set-cookies.ts';

/** What tells of its end: a socket, a stream, a response. */
export interface ClosableLike {
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  readonly destroyed?: boolean;
}

/** The part of Node's `IncomingMessage` that is used; Express's, Fastify's `request.raw` and HTTP/2's compatibility request have it, too. */
export interface IncomingMessageLike {
  readonly headers: object;
  /** Of TLS, it is `encrypted`. */
  readonly socket: ClosableLike;
}

/** An h3 event: with Node's pair of request and response (h3 1), or with a `Request` (h3 2). */
export type IncomingEventLike = { readonly node: { readonly req: IncomingMessageLike; readonly res?: ServerResponseLike } } | { readonly req: Request };

/** What of Node's request and response frameworks add to it, or only HTTP/2 has. */
export interface NodeRequest extends IncomingMessageLike {
  readonly stream?: ClosableLike & { readonly aborted?: boolean };
  readonly res?: NodeResponse | undefined;
}

export type NodeResponse = Partial<ClosableLike> & { readonly writableFinished?: boolean };

/** The request itself, and Node's response to it where it is known. */
export interface Visit {
  readonly request: Request | NodeRequest;
  readonly response: NodeResponse | undefined;
}

export function readIncoming(incoming: Request | IncomingMessageLike | IncomingEventLike): Visit {
  const { node, req } = incoming as { node?: { req: NodeRequest; res?: NodeResponse }; req?: Request };
  const request = (node?.req ?? req ?? incoming) as Request | NodeRequest;
  if (!request.headers || !(isWeb(request) || request.socket)) throw new InvalidRequestError('forwardSession() takes a Request, Node\'s IncomingMessage or an h3 event');
  return { request, response: node?.res ?? (request as NodeRequest).res };
}

export function isWeb(request: Request | NodeRequest): request is Request {
  return typeof (request as Request).headers.get === 'function';
}

/** A header of the visitor's, by its name in lower case. */
export function headerOf({ request }: Visit, name: string): string | undefined {
  if (isWeb(request)) return request.headers.get(name) ?? undefined;
  const value = Object.hasOwn(request.headers, name) ? (request.headers as Record<string, string | string[]>)[name] : undefined;
  return Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : value;
}
