import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');

/** Its blocks of TypeScript, each under the heading above it. */
function blocksOf(text: string): { name: string; code: string }[] {
  let section = 'Introduction';
  const blocks: { name: string; code: string }[] = [];
  for (const [, heading, code] of text.matchAll(/^## (.*)$|^```ts\n([^]*?)^```/gm)) {
    if (code !== undefined) blocks.push({ name: `${section}, block ${blocks.length + 1}`, code });
    else section = heading as string;
  }
  return blocks;
}

let server: Server;
let folder: string;
const seen: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(root, 'node_modules', '.readme-'));
  server = createServer(({ method, url = '', headers }, response) => {
    seen.push(`${method} ${url}`);
    const page = Number(new URL(url, 'http://x').searchParams.get('page') ?? 1);
    response.setHeader('content-type', 'application/json');
    if (url.endsWith('/login')) response.setHeader('set-cookie', 'sid=1');
    if (url.startsWith('/items')) response.setHeader('link', `</items?page=${page + 1}>; rel="next"`);
    if (url.startsWith('/v1/profile') && !(headers.cookie && headers.authorization)) response.statusCode = 401;
    response.end(JSON.stringify({ page, name: 'Ann' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** Carries `https://api.example.com` to the loopback server; the block itself does not know. */
const prelude = (origin: string): string => `
  globalThis[Symbol.for('isosession.transport')] = {
    send: ({ method, url, headers, body, signal }) => fetch('${origin}' + url.pathname + url.search, { method, headers, body, signal, redirect: 'manual' }),
  };
`;

describe('the README', () => {
  it('has at most 250 lines and names its two commands', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(250);
    expect(readme).toContain('npm ci && npm test');
    expect(readme).toContain('npm ci && npm run demo');
  });

  const blocks = blocksOf(readme);

  it('has blocks of code', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(5);
  });

  it.each(blocks)('$name compiles and runs', async ({ name, code }) => {
    const file = join(folder, `${name.replace(/\W+/g, '-')}.ts`);
    await writeFile(file, code);
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile) as { config: { compilerOptions: object } };
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
    const program = ts.createProgram([file, join(root, 'src/node/undici-files.d.ts')], { ...options, noUnusedLocals: false });
    expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);

    const outfile = file.replace(/ts$/, 'mjs');
    const { port } = server.address() as AddressInfo;
    // esbuild takes the sources by the paths of tsconfig.json; what they load from node_modules stays outside.
    await build({
      entryPoints: [file], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', tsconfig: join(root, 'tsconfig.json'),
      external: ['undici', 'undici/*', 'tough-cookie', 'ky', 'cross-fetch'], banner: { js: prelude(`http://127.0.0.1:${port}`) }, logLevel: 'silent',
    });
    seen.length = 0;
    await promisify(execFile)(process.execPath, [outfile], { timeout: 20_000 });
    if (!code.includes('mockTransport')) expect(seen.length).toBeGreaterThan(0);
  });
});
