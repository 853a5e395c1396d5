import { describe } from 'vitest';
import { missing, type ServerName } from './real-servers.mjs';

/**
 * A suite that needs real servers. Where one cannot be had it is skipped, and its title says why.
 */
export function describeWith(names: readonly ServerName[], title: string, body: () => void): void {
  const reasons = names.map(missing).filter((reason) => reason !== undefined);
  describe.skipIf(reasons.length > 0)([title, ...reasons].join('; '), body);
}
