import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { Lock } from '../../middleware/auth/refresh/lock.ts';
import { count, readRecord } from '../../options/kinds.ts';
import { leaseLock } from '../../store/base/lease-lock.ts';
import { fileLease } from './file-lease.ts';

/** Options of {@link fileLock}. */
export interface FileLockOptions {
  /**
   * How long a holder that ends without giving the lock back, or is paused, keeps others waiting,
   * in ms. On its own machine, one that has ended is known at once.
   *
   * @default 10_000
   */
  ttl?: number | undefined;
}

/**
 * A lock for `refresh()` that reaches every process that sees the path, on other hosts too where
 * the file system is shared. Whoever holds it runs one task, whatever its key: take a path for each
 * login.
 *
 * @example
 * ```ts
 * import { fileLock } from 'isosession/node';
 *
 * const lock = fileLock('./state/robot.lock');
 * await lock.run('report', async (signal, fence) => console.log(fence, signal.aborted));
 * ```
 *
 * @param path a folder that is made for it, in which it has a few small files.
 * @throws {InvalidRequestError} for a bad path or option; from `run`, the file system's errors.
 */
export function fileLock(path: string | URL, options: FileLockOptions = {}): Lock {
  const { ttl = defaultTtl } = readRecord<FileLockOptions>('fileLock', { ttl: count }, options);
  if (ttl < shortestTtl)
    throw new InvalidRequestError('fileLock.ttl must be a time in ms, 100 or more');
  const folder = toPath(path, 'The path of a lock');
  return leaseLock(ttl, () => fileLease(folder, '', ttl));
}

/** How long a lock lasts without being extended, in ms. */
export const defaultTtl = 10_000;
/** It is extended three times within this. */
const shortestTtl = 100;

/** A path as it is from now on, wherever the process goes. */
export function toPath(path: string | URL, what: string): string {
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path);
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return resolve(path);
  throw new InvalidRequestError(`${what} must be a path or a file: URL`);
}
