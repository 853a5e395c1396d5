import { type NodeRequest, type NodeStream, watchConnection } from './node-connection.ts';
import type { VisitorRequest } from './visitor-request.ts';

/** Whether it has what is read of an `IncomingMessage`. */
export function isNodeRequest(value: unknown): value is NodeRequest {
  const { headers, socket }: { headers?: unknown; socket?: unknown } = Object(value);
  return Boolean(headers && socket);
}

/**
 * Node's `http` and `http2`, Express and Fastify. Express's request knows its response; others have
 * it beside the request.
 */
export function fromNode(request: NodeRequest, given: NodeStream | undefined): VisitorRequest {
  const response = given ?? request.res;
  const header = (name: string): string | undefined => {
    const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined;
    return Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : value;
  };
  return {
    header,
    target: () => ({
      protocol: request.socket.encrypted ? 'https:' : 'http:',
      host: header('host') ?? header(':authority') ?? '',
    }),
    watch: (leave) =>
      response?.once ? watchResponse(response, leave) : watchConnection(request, leave),
  };
}

function watchResponse(response: NodeStream, leave: () => void): () => void {
  // A response closes when it is complete, too.
  const listener = (): void => {
    if (!response.writableFinished) leave();
  };
  if (response.destroyed) listener();
  else response.once?.('close', listener);
  return () => void response.off('close', listener);
}
