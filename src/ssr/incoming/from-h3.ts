import type { NodeStream } from './node-connection.ts';
import type { VisitorRequest } from './visitor-request.ts';

/** An event of h3, as it is read. */
interface H3Event {
  readonly node?: { readonly req?: unknown; readonly res?: NodeStream };
  readonly req?: unknown;
}

/** Whether it is an event of h3, Nitro or Nuxt: it has the request in it. */
export function isH3Event(value: unknown): value is H3Event {
  const { node, req }: H3Event = Object(value);
  return Boolean(node?.req ?? req);
}

/** In h3 1 the event has Node's request and response, in h3 2 a `Request`. */
export function fromH3(
  { node, req }: H3Event,
  fromServer: (request: unknown, response?: NodeStream) => VisitorRequest,
): VisitorRequest {
  return node?.req ? fromServer(node.req, node.res) : fromServer(req);
}
