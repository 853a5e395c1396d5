/**
 * What undici's `Client` does otherwise than the pool needs, and how it is got around. Each was
 * seen with undici 7.30 and 8.13; none has ended yet.
 */
import type { AsyncResource } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { Client } from 'undici';
import { isLoopReal } from '../timers/after-pending-input.ts';

/**
 * Calls back when a socket breaks. A body without a length ends with its connection (RFC 9112,
 * section 6.3), but it has not ended when that is reset, which undici takes for its end. For
 * chunked bodies nodejs/undici#5273 has mended the same.
 */
export function watchForReset(socket: Socket, onReset: (error: Error) => void): void {
  socket.on('error', onReset);
  socket.once('end', () => {
    if (isReset(socket)) onReset(new Error('The connection was reset'));
  });
}

/**
 * Whether a socket that has ended was reset: where that comes together with data, the loop tells of
 * an end. Then the system knows no peer any more; a pipe has never had an address.
 */
function isReset(socket: Socket): boolean {
  return socket.localAddress !== undefined && socket.remoteAddress === undefined;
}

/**
 * Has what listens to a socket, undici's parser above all, run in the context of whose exchange it
 * is. undici goes by that of the socket, which is the context of the call that has opened it.
 */
export function emitWithin(socket: Socket, contextOf: () => AsyncResource | undefined): void {
  const emit = socket.emit.bind(socket) as (...event: unknown[]) => boolean;
  socket.emit = (...event: unknown[]) => {
    const context = contextOf();
    return context ? context.runInAsyncScope(emit, undefined, ...event) : emit(...event);
  };
}

/**
 * The `blocking` of all dispatches. What goes behind what is the pool's to say; with another value
 * undici would look after its queue once more at each response's headers.
 */
export const neverBlocking = false;

/**
 * Whether a socket may carry another request. undici lets the loop make a turn before, by
 * `setImmediate`: with a test's clock in its place that turn may never come, neither under that
 * clock nor after it.
 */
export const maySocketsBeReused = isLoopReal;

/**
 * Has a client begin with what was dispatched, under a test's clock. For a body that is iterable
 * undici does so by `queueMicrotask`, in whose place the test's may stand.
 */
export function startQueue(client: Client): void {
  // Setting it has undici look at its queue.
  client.pipelining = Number(client.pipelining);
}

/**
 * Destroys a client, but not within a call of its own: undici counts on its queue when it has
 * called us (nodejs/undici#756 shows the assertions), and what it called may be the caller's code.
 */
export async function destroyLater(client: Client): Promise<void> {
  await Promise.resolve();
  const destroyed = client.destroy();
  // With a test's `queueMicrotask` it may never tell.
  if (isLoopReal()) await destroyed;
}
