import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { fetchTransport, type Transport } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { conformance, type ConformanceServer, conformanceServer } from 'isosession/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let server: ConformanceServer;

beforeAll(async () => {
  server = await conformanceServer();
});
afterAll(() => server.close());

const origin = (): string => server.origin;

describe.each<[name: string, make: () => Transport]>([
  ['undiciTransport', () => undiciTransport()],
  ['fetchTransport', () => fetchTransport()],
])('%s', (_, make) => {
  conformance(make, { test, origin });
});

/** The checks that a transport fails, by their names. */
async function failures(transport: Transport): Promise<string[]> {
  const failed: string[] = [];
  const runs: Promise<void>[] = [];
  conformance(() => transport, {
    origin,
    test: (name, run) =>
      void runs.push(
        run().catch((error: Error) => {
          if (error.name !== 'AssertionError') throw error;
          failed.push(name.replace('a transport ', ''));
        }),
      ),
  });
  await Promise.all(runs);
  return failed;
}

describe('the contract of transports', () => {
  const right = fetchTransport();
  test.each<[fault: string, send: Transport['send'], fails: string]>([
    [
      'drops the query',
      (request) => {
        const url = new URL(request.url.pathname, request.url);
        return right.send({ ...request, url });
      },
      'sends method, path, query and headers as they are given',
    ],
    [
      'follows redirects',
      (request) => right.send({ ...request, init: { redirect: 'follow' } }),
      'gives each Set-Cookie and the redirect itself, unless its host keeps them',
    ],
    [
      'answers where nobody listens',
      (request) =>
        right.send(request).catch((error: unknown) => {
          if (request.url.port === '1') return new Response();
          throw error;
        }),
      'rejects where nobody listens',
    ],
    [
      'hides errors of the server',
      async (request) => {
        const response = await right.send(request);
        return response.status < 400 ? response : new Response(null, { status: 200 });
      },
      'gives status and headers, an error of the server, too',
    ],
  ])('finds one that %s', async (_, send, fails) => {
    expect(await failures({ send })).toEqual([fails]);
  });

  test('runs under node:test', { timeout: 60_000 }, async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const file = join(root, 'node_modules', '.conformance.test.mjs');
    const code = `
      import { after, test } from 'node:test';
      import { fetchTransport } from 'isosession';
      import { conformance, conformanceServer } from 'isosession/testing';
      const server = await conformanceServer();
      after(() => server.close());
      conformance(() => fetchTransport(), { test, origin: server.origin });
      const deaf = { send: async () => new Response('no') };
      conformance(() => deaf, { test, origin: server.origin });`;
    await build({
      stdin: { contents: code, resolveDir: root },
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      alias: {
        isosession: join(root, 'src/index.node.ts'),
        'isosession/testing': join(root, 'src/testing/index.ts'),
      },
    });
    const run = promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', file]);
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    await rm(file);
    const counts = /# pass (\d+)\n# fail (\d+)/.exec(stdout)?.slice(1).map(Number);
    expect(counts).toEqual([15, 15]);
  });
});
