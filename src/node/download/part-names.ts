/** The names of files on their way, all in the folder of their destination. */
import { createHash, randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { FileVersion } from './file-version.ts';

/**
 * What the names of a destination's parts begin with: a hash, as its own name may be as long as
 * names can be.
 */
export function partPrefix(destination: string): string {
  return `.isosession-${hash(basename(destination))}-`;
}

/** It follows from the destination and the version, so that another process finds it. */
export function partPath(destination: string, { key }: FileVersion): string {
  return join(dirname(destination), `${partPrefix(destination)}${hash(key)}.part`);
}

export function temporaryPath(destination: string): string {
  return join(dirname(destination), `.isosession-${randomUUID()}.part`);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
