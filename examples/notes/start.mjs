/**
 * Builds the servers and starts them: `npm run example`; with `REDIS=redis://…`, three processes
 * that serve the page and share its logins there. Node 20 cannot run TypeScript itself.
 */
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const { PORT = 0, REDIS } = process.env;

if (cluster.isPrimary) {
  await build({
    entryPoints: [`${folder}main.ts`, `${folder}fleet.ts`],
    outdir: `${folder}.build`,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    tsconfigRaw: '{}',
    sourcemap: true,
  });
  const { page, api } = REDIS ? await startFleet() : await startOne();
  console.log(`Notes: ${page}\nIts API: ${api}\nCtrl-C ends both.`);
} else {
  const { serveInFleet } = await import('./.build/fleet.js');
  await serveInFleet(folder, Number(PORT));
}

async function startOne() {
  const { startNotes } = await import('./.build/main.js');
  const { origin, api } = await startNotes({ port: Number(PORT), folder });
  return { page: origin, api: api.origin };
}

async function startFleet() {
  const fleet = await import('./.build/fleet.js');
  return fleet.startFleet(fileURLToPath(import.meta.url));
}
