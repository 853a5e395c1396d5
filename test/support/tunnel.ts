import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Peer } from './raw-server.ts';

/** Opens what a client asked a proxy for. Names of `.test` are this machine. */
export async function openTarget(host: string, port: number): Promise<Socket> {
  const target = connect({
    host: /\.test\.?$/.test(host) ? '127.0.0.1' : host,
    port,
    noDelay: true,
  });
  await once(target, 'connect');
  return target;
}

/**
 * Joins a connection, from so many bytes after its beginning, with another, until one of them ends.
 */
export function tunnel(peer: Peer, target: Socket, from: number): void {
  if (peer.socket.destroyed) return void target.destroy();
  target.write(Buffer.from(peer.received.slice(from), 'latin1'));
  peer.socket.pipe(target).pipe(peer.socket);
  target.on('error', () => peer.socket.destroy());
  peer.socket.on('close', () => target.destroy());
}
