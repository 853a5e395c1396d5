import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder, which ends with its test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
