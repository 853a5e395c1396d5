/** Builds the servers and starts them: `npm run example`. Node 20 cannot run TypeScript itself. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
await build({
  entryPoints: [`${folder}main.ts`],
  outfile: `${folder}.build/main.js`,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  tsconfigRaw: '{}',
  sourcemap: true,
});
const { startNotes } = await import('./.build/main.js');
const { origin, api } = await startNotes({ port: Number(process.env.PORT ?? 0), folder });
console.log(`Notes: ${origin}\nIts API: ${api.origin}\nCtrl-C ends both.`);
