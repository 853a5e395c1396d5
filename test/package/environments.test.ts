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
  'happy-dom',
  'jsdom',
  'jest-environment-node',
  'jest-environment-jsdom',
  'jest-fixed-jsdom',
  'msw',
  'nock',
];
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

const vitest = (environment: string, file: string): Promise<string> =>
  runTests('vitest/vitest.mjs', [
    'run',
    '--globals',
    `--environment=${environment}`,
    `${file}.test.js`,
  ]);

const jest = (environment: string, file: string, options = {}): Promise<string> => {
  const parameters = [
    '--no-cache',
    `--env=${environment}`,
    `--testMatch=**/${file}`,
    `--testEnvironmentOptions=${JSON.stringify(options)}`,
  ];
  const flags = file.endsWith('.cjs') ? [] : ['--experimental-vm-modules'];
  return runTests('jest/bin/jest.js', parameters, flags);
};

describe('the packed tarball', () => {
  it.each(['node', 'jsdom', 'happy-dom'])('works in Vitest with %s', async (environment) => {
    expect(await vitest(environment, 'calls')).toMatch(/Tests +.*17 passed/);
  });

  it.each([
    ['node', {}],
    ['jest-fixed-jsdom', {}],
    ['jest-fixed-jsdom', { customExportConditions: ['node'] }],
  ])('works in Jest with %s and the options %o', async (environment, options) => {
    const output = await jest(environment, 'calls.test.js', options);
    expect(output).toMatch(/Tests: +.*17 passed/);
    // There jsdom's conditions lead to the browser's build, as it is for production.
    const isWarned = environment !== 'node' && !('customExportConditions' in options);
    expect(output.includes('set customExportConditions')).toBe(isWarned);
  });

  it.each([
    ['node', {}],
    ['jest-fixed-jsdom', { customExportConditions: ['node'] }],
  ])('works in Jest as CommonJS, with %s and the options %o', async (environment, options) => {
    expect(await jest(environment, 'calls.test.cjs', options)).toMatch(/Tests: +.*17 passed/);
  });

  it('keeps a login in Jest as CommonJS, by the configuration of the docs', async () => {
    const flags = ['--no-cache', '--config=jest.config.cjs', '--testMatch=**/login.test.cjs'];
    expect(await runTests('jest/bin/jest.js', flags)).toMatch(/Tests: +.*1 passed/);
  });

  it.each(['jsdom', 'happy-dom'])('works by the fetch of Vitest with %s', async (environment) => {
    expect(await vitest(environment, 'fetched')).toMatch(/Tests +.*17 passed/);
  });

  it.each(['jsdom', 'happy-dom'])('is mocked in Vitest with %s', async (environment) => {
    expect(await vitest(environment, 'mocks')).toMatch(/Tests +.*2 passed/);
  });

  it.each([
    ['node', {}],
    ['jest-fixed-jsdom', { customExportConditions: ['node'] }],
  ])('is mocked in Jest with %s and the options %o', async (environment, options) => {
    expect(await jest(environment, 'mocks.test.js', options)).toMatch(/Tests: +.*2 passed/);
  });

  it('holds transports to their contract in Vitest and in Jest', async () => {
    expect(await vitest('node', 'conformance')).toMatch(/Tests +.*15 passed/);
    expect(await jest('node', 'conformance.test.js')).toMatch(/Tests: +.*15 passed/);
  });

  it.each(['node', 'jest-fixed-jsdom'])('works over cross-fetch in Jest with %s', async (name) => {
    expect(await jest(name, 'cross-fetch.test.js')).toMatch(/Tests: +.*11 passed/);
  });

  it.each(['bare', 'polyfilled'])("tells Jest's jsdom what is missing: %s", async (file) => {
    expect(await jest('jsdom', `${file}.test.js`)).toMatch(/Tests: +.*1 passed/);
  });
});
