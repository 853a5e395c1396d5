import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packTarball } from '../package/consumer.ts';

/** Packs once for all consumers. */
export async function setup({ provide }: TestProject): Promise<() => void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'isosession-consumers-')));
  provide('packed', { folder, tarball: await packTarball(folder) });
  return () => rmSync(folder, { recursive: true, force: true });
}
