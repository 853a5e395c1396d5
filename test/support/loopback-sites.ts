import { onTestFinished } from 'vitest';
import { Site } from './contract.ts';
import { startServer } from './servers.ts';

/** Real servers on 127.0.0.1, an origin a name, which end with their test. In Node alone. */
export async function loopbackSites<Name extends string>(
  ...names: Name[]
): Promise<Record<Name, Site>> {
  const id = crypto.randomUUID();
  const sites = await Promise.all(
    names.map(async (name) => {
      const { origin, close } = await startServer();
      onTestFinished(close);
      return [name, new Site(origin, id)] as const;
    }),
  );
  return Object.fromEntries(sites) as Record<Name, Site>;
}
