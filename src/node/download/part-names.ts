/** The names of files on their way, all in the folder of their destination. */
import { createHash, randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { FileVersion } from './file-version.ts';
import { describeWriter } from './writer.ts';

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

/** It tells its writer, so that another process sees when it is nobody's any more. */
export function temporaryPath(destination: string): string {
  const writer = describeWriter();
  const name = `.isosession-${writer && `${writer}-`}${randomUUID()}.part`;
  return join(dirname(destination), name);
}

const temporaryName = /^\.isosession-(.+)-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/** The writer that the name of a temporary file tells; `undefined` of any other name. */
export function writerOf(name: string): string | undefined {
  return temporaryName.exec(name)?.[1];
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
