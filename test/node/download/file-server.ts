/**
 * A server of files for the tests of `saveTo`: each request is answered by the turn that a test
 * wrote for it.
 *
 * @module
 */
import { type Peer, type RawRequest, rawServer, type RawServer } from '../../support/raw-server.ts';
import type { Cut } from './downloads.ts';

/** Answers one request. */
export type Turn = (request: RawRequest, peer: Peer) => void | Promise<void>;

/**
 * A server whose nth request, on whatever connection, is answered by the nth turn; further ones by
 * the last.
 */
export function inTurn(...turns: Turn[]): Promise<RawServer> {
  let count = 0;
  return rawServer(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request())
      await turns[Math.min(count++, turns.length - 1)]?.(request, peer);
  });
}

/** The version that the files here have by default. */
export const etag = 'etag: "v1"';

/** A status line, a content-length, further lines and the empty line. */
export function responseHead(status: string, length: number, ...lines: string[]): string {
  return [`HTTP/1.1 ${status}`, `content-length: ${length}`, ...lines, '', ''].join('\r\n');
}

/** Gives all of a file, or what is before a cut. */
export function sendWhole(bytes: Buffer, lines: string[] = [etag], cut?: Cut): Turn {
  return async (_, peer) => {
    await peer.write(responseHead('200 OK', bytes.length, ...lines));
    await sendFrom(peer, bytes, 0, cut);
  };
}

/** Gives the range that is asked for, as a server does that has this version. */
export function sendRange(bytes: Buffer, lines: string[] = [etag], cut?: Cut): Turn {
  return async (request, peer) => {
    const from = Number(/^range: bytes=(\d+)-\r$/m.exec(request.head)?.[1]);
    await peer.write(
      responseHead(
        '206 Partial Content',
        bytes.length - from,
        `content-range: bytes ${from}-${bytes.length - 1}/${bytes.length}`,
        ...lines,
      ),
    );
    await sendFrom(peer, bytes, from, cut);
  };
}

/** Sends the bytes from an offset; a cut ends the connection where it says. */
async function sendFrom(
  peer: Peer,
  bytes: Buffer,
  from: number,
  cut: Cut | undefined,
): Promise<void> {
  await peer.write(bytes.subarray(from, cut?.at));
  await cut?.written();
  if (cut) peer.socket.destroy();
}

/** The value of a header of the server's nth request, from 0. */
export function requestHeader(server: RawServer, n: number, name: string): string | undefined {
  return server.requests[n]?.lines
    .find((line) => line.toLowerCase().startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim();
}

/** Gives the head of a whole response, and nothing of its body. */
export const sendHead =
  (bytes: Buffer, lines = [etag]): Turn =>
  async (_, peer) =>
    peer.write(responseHead('200 OK', bytes.length, ...lines));
