/**
 * What the tests of `saveTo` save, where, and how they look at the outcome.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetworkError, type Session } from 'isosession';
import { saveTo } from 'isosession/node';
import { expect, onTestFinished } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import type { RawServer } from '../../support/raw-server.ts';

/** Random bytes that a failing report can print. */
export const printableBytes = (size: number): Buffer =>
  Buffer.from(randomBytes(size).toString('base64').slice(0, size));

/** The file that is downloaded, and another one of the same length. */
export const file = printableBytes(300_000);
export const otherFile = printableBytes(300_000);

/** Where most connections break. */
export const half = 150_000;

/**
 * Where a connection is cut: at that byte of the file, and not before all of it that has come is on
 * the disk.
 */
export interface Cut {
  at: number;
  written: () => Promise<void>;
}

/** A folder that ends with its test, and a name in it. */
export function temporaryFile(): {
  folder: string;
  path: string;
  names: () => string[];
  cut: (at: number) => Cut;
} {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-save-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const names = () => readdirSync(folder);
  const written = async (at: number) => {
    while (
      !names().some((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === at)
    )
      await new Promise(setImmediate);
  };
  return {
    folder,
    path: join(folder, 'file.bin'),
    names,
    cut: (at) => ({ at, written: () => written(at) }),
  };
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whether a file has these bytes; by their hashes, as a report of the bytes would be endless. */
export function expectFile(path: string, bytes: Uint8Array): void {
  expect(hash(readFileSync(path))).toBe(hash(bytes));
}

/** Resolves when a session has no connection any more. */
export async function untilNoSockets(session: Session): Promise<void> {
  while (session.stats().sockets) await new Promise(setImmediate);
}

/** Two retries, without a wait. */
export const quickRetries = { retry: { limit: 2, delay: () => 0 } };

/**
 * Leaves the part of a download that breaks off half-way; gives its path. The server takes its
 * next turns.
 */
export async function leavePart(
  { folder, path, names }: ReturnType<typeof temporaryFile>,
  server: RawServer,
): Promise<string> {
  await rejection(
    saveTo(await open({ retry: 0 }).get(server.origin), path, { resume: true }),
    NetworkError,
  );
  const [name = ''] = names();
  return join(folder, name);
}
