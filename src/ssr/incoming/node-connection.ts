/** Whether a visitor is still there, where Node's request is all that is known of them. */

/**
 * A socket, stream or response of Node's. Serverless hosts have such as tell nothing of their end.
 */
export interface NodeStream {
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
  readonly socket: NodeStream;
  /** Of HTTP/2. */
  readonly stream?: NodeStream;
  /** Of Express. */
  readonly res?: NodeStream;
}

/**
 * Calls `leave` when the connection of a request ends, its stream where it has one, since a request
 * of Node's itself closes as soon as its body was read. What it gives ends the watch.
 */
export function watchConnection(request: NodeRequest, leave: () => void): () => void {
  const stream = request.stream ?? request.socket;
  if (!stream.once) return () => {};
  if (stream.destroyed) leave();
  let connection = connections.get(stream);
  if (!connection) connections.set(stream, (connection = new Connection(stream)));
  return connection.add(request, leave);
}

/**
 * Who follows the request on a connection that came last: those before it were answered, as
 * browsers send one at a time. An idle connection holds no session.
 */
class Connection {
  readonly #leaves = new Set<WeakRef<() => void>>();
  #request: NodeRequest | undefined;

  constructor(stream: NodeStream) {
    stream.once?.('close', () => {
      // A stream of HTTP/2 closes when it is complete, too.
      if (stream.aborted === false) return;
      for (const leave of this.#leaves) leave.deref()?.();
    });
  }

  add(request: NodeRequest, leave: () => void): () => void {
    if (this.#request !== request) this.#leaves.clear();
    this.#request = request;
    const weak = new WeakRef(leave);
    this.#leaves.add(weak);
    // The session has this function, and by it holds `leave`, which the connection does not.
    return () => {
      if (weak.deref() === leave) this.#leaves.delete(weak);
    };
  }
}
const connections = new WeakMap<NodeStream, Connection>();
