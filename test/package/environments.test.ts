import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, installTarball, plainEnvironment, root } from './consumer.ts';

const packages = [
  'vitest',
  'jest',
  'cross-fetch',
  'node-fetch',
  'happy-dom',
  'jsdom',
  'jest-environment-node',
  'jest-environment-jsdom',
  'jest-fixed-jsdom',
  'msw',
  'nock',
];
/** What takes the place of the platform's `fetch`, `Headers`, `Request` and `Response`. */
const polyfills = ['undici', 'node-fetch', 'cross-fetch'];
const modules = join(root, 'node_modules');
const fileOf = (name: string) => join(root, 'test/package/environments', `${name}.js`);

let consumer: Consumer;
let server: Server;

/** Says what it was sent; `/letters` are 26, `/login` sets a cookie, `/never` is not answered. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, headers } = request;
  const body = await text(request);
  if (url === '/login') response.setHeader('set-cookie', 'sid=1');
  // happy-dom's own fetch asks for leave, as a browser's does.
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-allow-headers', '*');
  if (url === '/letters') response.end('abcdefghijklmnopqrstuvwxyz');
  else if (url !== '/never') response.end(JSON.stringify({ method, url, headers, body }));
}

function startEcho(): Promise<Server> {
  const echo = createServer((request, response) => void answer(request, response));
  return new Promise((resolve) => echo.listen(0, '127.0.0.1', () => resolve(echo)));
}

beforeAll(async () => {
  [consumer, server] = await Promise.all([installTarball(), startEcho()]);
  for (const name of packages)
    symlinkSync(join(modules, name), join(consumer.path, 'node_modules', name), 'junction');
  const { port } = server.address() as AddressInfo;
  consumer.write('origin.txt', `http://127.0.0.1:${port}/`);
  for (const name of [
    'calls',
    'fetched',
    'mocks',
    'bare',
    'polyfilled',
    'cross-fetch',
    'conformance',
  ])
    copyFileSync(fileOf(name), join(consumer.path, `${name}.test.js`));
  for (const name of polyfills)
    for (const file of ['calls', 'fetched'])
      consumer.write(
        `${file}-${name}.test.js`,
        `import './globals-${name}.js';\nimport './${file}.test.js';\n`,
      );
  for (const name of polyfills)
    consumer.write(
      `globals-${name}.js`,
      `import * as all from '${name}';
      const { Headers, Request, Response, FormData = globalThis.FormData } = all;
      const globals = { fetch: all.fetch ?? all.default, Headers, Request, Response, FormData };
      Object.assign(globalThis, globals);\n`,
    );
  for (const name of ['msw.mjs', 'nock.mjs'])
    copyFileSync(join(root, 'test/package/mocks', name), join(consumer.path, name));
  for (const name of ['calls', 'login']) {
    const { code } = transformSync(readFileSync(fileOf(name), 'utf8'), { format: 'cjs' });
    consumer.write(`${name}.test.cjs`, code);
  }
  const page = readFileSync(join(root, 'docs/testing.md'), 'utf8');
  const [, config = ''] = /^```js \[jest\.config\.js\]\n([^]*?)^```/m.exec(page) ?? [];
  consumer.write('jest.config.cjs', config);
});
afterAll(() => {
  server?.closeAllConnections();
  server?.close();
  consumer?.remove();
});

/** Runs a program of the consumer, by flags of Node. */
function runTests(program: string, parameters: string[], flags: string[] = []): Promise<string> {
  const path = join(modules, program);
  const all = [...flags, '--no-warnings', path, ...parameters];
  return new Promise((resolve, reject) => {
    const options = { cwd: consumer.path, env: plainEnvironment };
    execFile(process.execPath, all, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${stdout}\n${stderr}`));
      else resolve(stdout + stderr);
    });
  });
}

/** Runs files in an environment, all in one process of Vitest. */
const vitest = (environment: string, ...files: string[]): Promise<string> =>
  runTests('vitest/vitest.mjs', [
    'run',
    '--globals',
    `--environment=${environment}`,
    ...files.map((file) => `${file}.test.js`),
  ]);

/** The same by Jest. */
const jest = (environment: string, files: string[], options = {}): Promise<string> => {
  const parameters = [
    '--no-cache',
    `--env=${environment}`,
    ...files.map((file) => `--testMatch=**/${file}`),
    `--testEnvironmentOptions=${JSON.stringify(options)}`,
  ];
  return runTests('jest/bin/jest.js', parameters, ['--experimental-vm-modules']);
};

/** What both say of tests that have all passed. */
const passed = (count: number): RegExp => new RegExp(`Tests:? .*[^0-9]${count} passed`);

describe('the packed tarball', () => {
  it.each(['jsdom', 'happy-dom'])(
    'works in Vitest with %s, by its fetch, too, and is mocked there',
    async (environment) => {
      expect(await vitest(environment, 'calls', 'fetched', 'mocks')).toMatch(passed(36));
    },
  );

  it('works in Vitest with node, and holds transports to their contract there', async () => {
    expect(await vitest('node', 'calls', 'conformance')).toMatch(passed(32));
  });

  it('works where the globals of Fetch were replaced before it was loaded', async () => {
    const calls = polyfills.map((name) => `calls-${name}`);
    // Over the fetch of cross-fetch no Blob of Node can be sent, with us or without.
    const fetched = ['fetched-undici', 'fetched-node-fetch'];
    expect(await vitest('node', ...calls, ...fetched)).toMatch(passed(5 * 17));
  });

  it.each([
    ['node', {}],
    ['jest-fixed-jsdom', { customExportConditions: ['node'] }],
  ])(
    'works in Jest with %s and the options %o, as CommonJS, too, and is mocked there',
    async (environment, options) => {
      const files = ['calls.test.js', 'calls.test.cjs', 'mocks.test.js'];
      const output = await jest(environment, files, options);
      expect(output).toMatch(passed(36));
      expect(output).not.toContain('customExportConditions');
    },
  );

  it("works in Jest by jsdom's own conditions, and names what else to set", async () => {
    const output = await jest('jest-fixed-jsdom', ['calls.test.js', 'cross-fetch.test.js']);
    expect(output).toMatch(passed(28));
    // They lead to the browser's build, as it is for production.
    expect(output).toContain('set customExportConditions');
  });

  it('holds transports to their contract in Jest, and works over cross-fetch there', async () => {
    expect(await jest('node', ['conformance.test.js', 'cross-fetch.test.js'])).toMatch(passed(26));
  });

  it('keeps a login in Jest as CommonJS, by the configuration of the docs', async () => {
    const flags = ['--no-cache', '--config=jest.config.cjs', '--testMatch=**/login.test.cjs'];
    expect(await runTests('jest/bin/jest.js', flags)).toMatch(passed(1));
  });

  it("tells Jest's jsdom what is missing, be it bare or polyfilled", async () => {
    expect(await jest('jsdom', ['bare.test.js', 'polyfilled.test.js'])).toMatch(passed(2));
  });
});
