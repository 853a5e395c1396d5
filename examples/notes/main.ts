import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type SeenCall, startApi } from './api/server.ts';
import { buildAssets } from './web/assets.ts';
import { startWeb } from './web/server.ts';

export interface Notes {
  /** The address of the page. */
  origin: string;
  api: { origin: string; calls: SeenCall[] };
  close(): Promise<void>;
}

/**
 * Starts the API and the page server, each on an origin of its own; `folder` is this one, wherever
 * the code was built to.
 */
export async function startNotes({
  port = 0,
  lifetime = 60_000,
  grace = 10_000,
  serviceKey = randomBytes(24).toString('base64url'),
  folder = fileURLToPath(new URL('.', import.meta.url)),
} = {}): Promise<Notes> {
  let page = '';
  const api = await startApi({ lifetime, grace, serviceKey, page: () => page });
  const web = await startWeb({
    port,
    api: api.origin,
    serviceKey,
    assets: await buildAssets(`${folder}/browser`),
  });
  page = web.origin;
  return {
    origin: web.origin,
    api,
    async close() {
      await web.close();
      for (const { server } of [web, api]) server.close().closeAllConnections();
    },
  };
}
