/**
 * Starts the two origins before the tests of a project and closes them after the last one.
 *
 * @module
 */
import type { TestProject } from 'vitest/node';
import type {} from './provided.ts';
import { startServer } from './servers.ts';

/** Vitest calls it once per project; what it returns is called at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [a, b] = await Promise.all([startServer(), startServer()]);
  project.provide('originA', a.origin);
  project.provide('originB', b.origin);
  project.provide('showsExcluded', process.env['SHOWS_EXCLUDED'] === '1');
  return async () => {
    await Promise.all([a.close(), b.close()]);
  };
}
