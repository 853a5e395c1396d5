/** Whether the visitor is still there. */
import { type Carrier, isWeb, type NodeRequest, type Visit } from './incoming.ts';

/**
 * Calls `leave` when the visitor goes away before the answer is complete; at once when that has
 * happened. What it gives ends the watch.
 */
export function watchVisitor(
  { request, response }: Visit,
  leave: (reason?: unknown) => void,
): () => void {
  if (isWeb(request)) return watchSignal(request, leave);
  if (response?.once) return watchResponse(response, leave);
  const carrier = request.stream ?? request.socket;
  return carrier.once ? watchConnection(request, carrier, leave) : () => {};
}

/**
 * In Node the signal of a `Request` that was collected is never aborted: what ends the watch, and
 * the session with it, holds the request.
 */
function watchSignal(request: Request, leave: (reason: unknown) => void): () => void {
  const listener = (): void => leave(request.signal.reason);
  if (request.signal.aborted) listener();
  else request.signal.addEventListener('abort', listener, { once: true });
  return () => request.signal.removeEventListener('abort', listener);
}

function watchResponse(response: Carrier, leave: () => void): () => void {
  // A response closes when it is complete, too.
  const listener = (): void => {
    if (!response.writableFinished) leave();
  };
  if (response.destroyed) listener();
  else response.once?.('close', listener);
  return () => void response.off('close', listener);
}

/** A request of Node's closes as soon as its body was read, so only its connection tells. */
function watchConnection(request: NodeRequest, carrier: Carrier, leave: () => void): () => void {
  if (carrier.destroyed) leave();
  let connection = connections.get(carrier);
  if (!connection) connections.set(carrier, (connection = new Connection(carrier)));
  return connection.add(request, leave);
}

/**
 * Who follows the request on a connection that came last: those before it were answered, as
 * browsers send one at a time. An idle connection holds no session.
 */
class Connection {
  readonly #leaves = new Set<WeakRef<() => void>>();
  #request: NodeRequest | undefined;

  constructor(carrier: Carrier) {
    carrier.once?.('close', () => {
      // A stream of HTTP/2 closes when it is complete, too.
      if (carrier.aborted !== false) for (const leave of this.#leaves) leave.deref()?.();
    });
  }

  add(request: NodeRequest, leave: () => void): () => void {
    if (this.#request !== request) this.#leaves.clear();
    this.#request = request;
    const weak = new WeakRef(leave);
    this.#leaves.add(weak);
    // What ends the watch is the session's, and holds `leave` for it.
    return () => void (weak.deref() === leave && this.#leaves.delete(weak));
  }
}
const connections = new WeakMap<Carrier, Connection>();
