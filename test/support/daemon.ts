/**
 * Starts a real server as a process of its own, with a temporary folder for its configuration and
 * its log, and ends both with whoever started it, however that one ends.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A running server of 127.0.0.1. */
export interface Daemon {
  readonly port: number;
  /** Its own, gone with it. */
  readonly folder: string;
  /**
   * Everything that it has logged, accesses and errors, also after its end. An access is logged
   * after its answer: ask with `expect.poll`.
   */
  log(): string;
  /** Ends it at once. */
  close(): Promise<void>;
}

/**
 * What every server is told: where to listen, where its files may be, and where its log is. It
 * writes what it needs there and gives the command line.
 */
export type Recipe = (place: {
  port: number;
  folder: string;
  log: string;
}) => [file: string, ...args: string[]];

/**
 * The shell becomes the server, and leaves a guard behind that waits for the end of a pipe that
 * only we hold: it comes by `close()`, and by our own death, even by SIGKILL. The guard is of the
 * server's process group, which is why the group still is the server's when the server itself is
 * gone.
 */
const guarded = `
folder=$1; shift
{ cat <&3; rm -rf "$folder"; kill -s KILL -- -$$; } >/dev/null 2>&1 &
exec 3<&-
exec "$@"
`;

/**
 * Starts a server; resolves when it accepts connections.
 *
 * @param port where one has to be that takes the place of another; any free one by default
 */
export async function startDaemon(recipe: Recipe, port?: number): Promise<Daemon> {
  try {
    return await attempt(recipe, port ?? (await freePort()));
  } catch {
    // Another one may have taken the port between our look and the server's.
    return attempt(recipe, port ?? (await freePort()));
  }
}

async function attempt(recipe: Recipe, port: number): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
  const log = join(folder, 'log');
  const descriptor = openSync(log, 'a');
  // For servers that give up the rights of root.
  chmodSync(folder, 0o755);
  chmodSync(log, 0o666);
  const child = spawn('/bin/sh', ['-c', guarded, 'sh', folder, ...recipe({ port, folder, log })], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', descriptor, descriptor, 'pipe'],
  });
  closeSync(descriptor);
  const guard = child.stdio[3] as Socket;
  guard.resume();
  child.unref();
  guard.unref();
  const ended = Promise.all([once(guard, 'close'), once(child, 'exit')]);

  let last: string | undefined;
  const daemon: Daemon = {
    port,
    folder,
    log: () => last ?? readFileSync(log, 'utf8'),
    async close() {
      last ??= readFileSync(log, 'utf8');
      guard.end();
      await ended;
    },
  };
  if (await listens(port, child)) return daemon;
  await daemon.close();
  throw new Error(`${child.spawnargs[5]} did not start:\n${daemon.log()}`);
}

async function listens(port: number, child: ChildProcess): Promise<boolean> {
  for (
    const end = performance.now() + 20_000;
    performance.now() < end && child.exitCode === null && child.signalCode === null;
    await delay(20)
  ) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return true;
  }
  return false;
}

/**
 * A port that nobody listens at, below those that the system gives out by itself: no client takes
 * it meanwhile.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return port;
  }
}
