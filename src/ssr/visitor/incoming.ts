/**
 * The visitor's request, whatever server it came to. Servers are known by the shape of what they
 * give: nothing of theirs is imported.
 */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';

/**
 * Node's `IncomingMessage`, of HTTP/1 or 2; Express's request and Fastify's `request.raw` are ones.
 */
export interface IncomingMessageLike {
  readonly headers: object;
  readonly socket: object;
}

/** An h3 event: with Node's pair of request and response (h3 1), or with a `Request` (h3 2). */
export type IncomingEventLike =
  | { readonly node: { readonly req: IncomingMessageLike; readonly res?: object } }
  | { readonly req: Request };

/**
 * What tells of its end: a socket, a stream, a response. Serverless hosts have sockets that tell
 * nothing.
 */
export interface Carrier {
  once?(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  readonly destroyed?: boolean;
  /** Of a stream of HTTP/2. */
  readonly aborted?: boolean;
  /** Of a response. */
  readonly writableFinished?: boolean;
  /** Of TLS. */
  readonly encrypted?: boolean;
}

/** An `IncomingMessage` as it is read. */
export interface NodeRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: Carrier;
  /** Of HTTP/2. */
  readonly stream?: Carrier;
  /** Of Express. */
  readonly res?: Carrier;
}

/** The request itself, and Node's response to it where it is known. */
export interface Visit {
  readonly request: Request | NodeRequest;
  readonly response: Carrier | undefined;
}

export function readIncoming(incoming: Request | IncomingMessageLike | IncomingEventLike): Visit {
  const { node, req } = Object(incoming) as {
    node?: { req: NodeRequest; res?: Carrier };
    req?: Request;
  };
  const request = node?.req ?? req ?? (incoming as Request | NodeRequest);
  if (!request?.headers || !(isWeb(request) || request.socket))
    throw new InvalidRequestError(
      "forwardSession() takes a Request, Node's IncomingMessage or an h3 event",
    );
  return { request, response: node?.res ?? (request as NodeRequest).res };
}

export function isWeb(request: Request | NodeRequest): request is Request {
  return typeof (request as Request).headers.get === 'function';
}

/** A header of the visitor's, by its name in lower case. */
export function headerOf({ request }: Visit, name: string): string | undefined {
  if (isWeb(request)) return request.headers.get(name) ?? undefined;
  const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined;
  return Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : value;
}
