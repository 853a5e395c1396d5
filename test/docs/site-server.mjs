// @ts-check
/**
 * Serves the built site as a host of static files does: compressed, and kept for ten minutes.
 *
 * @module
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** Where `npm run docs:build` leaves it. */
export const dist = fileURLToPath(new URL('../../docs/.vitepress/dist', import.meta.url));

/** @type {Record<string, string>} */
const types = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.md': 'text/markdown; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer({ url = '/' }, response) {
  const { pathname } = new URL(url, 'http://site');
  const path = decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
  const file = await readFile(join(dist, path)).catch(() => undefined);
  if (!file) return response.writeHead(404).end();
  return response
    .writeHead(200, {
      'content-type': types[extname(path)] ?? 'text/plain; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': 'max-age=600',
    })
    .end(gzipSync(file));
}

/** Starts it on a free port of loopback. */
export async function serveSite() {
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}/`,
    close: () => server.close().closeAllConnections(),
  };
}
