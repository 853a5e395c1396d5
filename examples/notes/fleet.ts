/** Several processes that serve the page behind one port, and share its logins in Redis. */
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { redisStore } from 'isosession/store';
import { createClient } from 'redis';
import { startApi } from './api/server.ts';
import { buildAssets } from './web/assets.ts';
import { startWeb } from './web/server.ts';

/**
 * Starts the API, and the processes beside it.
 *
 * @param exec what they run: it calls `serveInFleet`.
 * @returns the addresses.
 */
export async function startFleet(exec: string, size = 3): Promise<{ page: string; api: string }> {
  const serviceKey = randomBytes(24).toString('base64url');
  let page = '';
  const { origin: api } = await startApi({
    lifetime: 60_000,
    grace: 10_000,
    serviceKey,
    page: () => page,
  });
  cluster.setupPrimary({ exec });
  const origins = await Promise.all(
    Array.from({ length: size }, async () => {
      const [origin] = await once(cluster.fork({ API: api, SERVICE_KEY: serviceKey }), 'message');
      return origin as string;
    }),
  );
  page = origins[0] ?? '';
  return { page, api };
}

/** What one of the processes does; `folder` is this one, wherever the code was built to. */
export async function serveInFleet(folder: string, port: number): Promise<void> {
  const { API: api = '', SERVICE_KEY: serviceKey = '', REDIS: url = '' } = process.env;
  const store = redisStore(await createClient({ url }).connect(), { prefix: 'notes:' });
  const assets = await buildAssets(`${folder}/browser`);
  const { origin } = await startWeb({ port, api, serviceKey, assets, store });
  process.send?.(origin);
}
