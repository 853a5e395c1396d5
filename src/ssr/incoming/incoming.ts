/**
 * The visitor's request, whatever server it came to. Servers are known by the shape of what they
 * give: nothing of theirs is imported.
 */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { fromH3, isH3Event } from './from-h3.ts';
import { fromNode, isNodeRequest } from './from-node.ts';
import { fromWeb, isWebRequest } from './from-web.ts';
import type { NodeStream } from './node-connection.ts';
import type { VisitorRequest } from './visitor-request.ts';

/**
 * Node's `IncomingMessage`, of HTTP/1 or 2; Express's request and Fastify's `request.raw` are ones.
 */
export interface IncomingMessageLike {
  /** Names in lower case, as Node has them; a value may be a list. */
  readonly headers: object;
  /**
   * The connection. Its `encrypted` tells `https:` from `http:`, and its `close` event that the
   * visitor has gone, unless a response or a stream of HTTP/2 tells it.
   */
  readonly socket: object;
}

/** An h3 event: with Node's pair of request and response (h3 1), or with a `Request` (h3 2). */
export type IncomingEventLike =
  | {
      /** Node's pair; it goes before `req`. */
      readonly node: {
        /** The visitor's request. */
        readonly req: IncomingMessageLike;
        /**
         * The answer to it, whose `close` event before its end tells that the visitor has gone.
         *
         * @default that of Express's request, else the connection tells it
         */
        readonly res?: object;
      };
    }
  | {
      /** The visitor's request. */
      readonly req: Request;
    };

/** Throws for what no known server gives. */
export function readIncoming(
  incoming: Request | IncomingMessageLike | IncomingEventLike,
): VisitorRequest {
  return isH3Event(incoming) ? fromH3(incoming, fromServer) : fromServer(incoming);
}

function fromServer(request: unknown, response?: NodeStream): VisitorRequest {
  if (isWebRequest(request)) return fromWeb(request);
  if (isNodeRequest(request)) return fromNode(request, response);
  throw new InvalidRequestError(
    "forwardSession() takes a Request, Node's IncomingMessage or an h3 event",
  );
}
