/** A Redis of the tests' own, which can be killed and started again with what is on its disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDaemon } from './daemon.ts';
import { requireProgram } from './real-servers.mjs';

export interface Redis {
  readonly url: string;
  /** Kills it, and starts it again on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startRedis(): Promise<Redis> {
  const data = mkdtempSync(join(tmpdir(), 'isosession-redis-'));
  const start = (wanted?: number) =>
    startDaemon(
      ({ port }) => [
        requireProgram('redis-server'),
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', data, '--save', ''],
        // What it has acknowledged is on the disk.
        ...['--appendonly', 'yes', '--appendfsync', 'always'],
      ],
      wanted,
    );
  let daemon = await start();
  const { port } = daemon;
  return {
    url: `redis://127.0.0.1:${port}`,
    async restart() {
      await daemon.close();
      daemon = await start(port);
    },
    async close() {
      await daemon.close();
      rmSync(data, { recursive: true });
    },
  };
}
