import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { node24 } from '../support/node24.mjs';
import { type Consumer, installTarball, must, root } from './consumer.ts';

const source = join(root, 'test/package/nuxt-app');
/** Where Nuxt stays installed, beside the packages of the repository. */
const folder = join(root, 'node_modules/.nuxt-app');
const modules = join(folder, 'node_modules');

let consumer: Consumer;
let app: ChildProcess;
let origin: string;
let received: string[] = [];

/** Logs in, and says which cookies it gets. */
function answer({ method, url, headers }: IncomingMessage, response: ServerResponse): void {
  received.push(`${method} ${url} ${headers.cookie ?? '-'}`);
  if (url === '/login') response.setHeader('set-cookie', 'sid=new; Path=/; HttpOnly');
  response.writeHead(url === '/missing' ? 404 : 200).end(headers.cookie ?? '-');
}
const backend = createServer(answer);

/** Installs Nuxt, unless it is there by this lock. */
async function installNuxt(): Promise<void> {
  const lock = 'package-lock.json';
  const read = (path: string) => existsSync(path) && readFileSync(path, 'utf8');
  if (existsSync(modules) && read(join(folder, lock)) === read(join(source, lock))) return;
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['package.json', lock]) cpSync(join(source, name), join(folder, name));
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  // `npm ci` misses an optional package that its registry has no more.
  await must('npm', ['install', '--no-save', '--loglevel=error', ...flags], folder);
}

/** Node 24, which Nuxt asks for, also for the programs that it starts. */
function spawnNode(program: string, ...parameters: string[]): ChildProcess {
  const node = node24();
  const { VITEST: _, NODE_ENV: __, ...env } = process.env;
  return spawn(node, [join(folder, program), ...parameters], {
    cwd: folder,
    env: {
      ...env,
      PATH: `${dirname(node)}${delimiter}${env['PATH'] ?? ''}`,
      NUXT_TELEMETRY_DISABLED: '1',
      BACKEND: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
      HOST: '127.0.0.1',
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

beforeAll(async () => {
  [consumer] = await Promise.all([
    installTarball(),
    installNuxt(),
    once(backend.listen(0, '127.0.0.1'), 'listening'),
  ]);
  cpSync(source, folder, { recursive: true });
  rmSync(join(modules, 'isosession'), { recursive: true, force: true });
  symlinkSync(consumer.installed, join(modules, 'isosession'), 'junction');
  const build = spawnNode('node_modules/nuxt/bin/nuxt.mjs', 'build');
  let log = '';
  for (const stream of [build.stdout, build.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (log += text));
  await once(build, 'close');
  expect(build.exitCode, log).toBe(0);
  app = spawnNode('.output/server/index.mjs');
  const [line] = (await once(app.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  origin = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line))?.[0] ?? String(line);
}, 300_000);
afterAll(async () => {
  if (app?.exitCode === null && app.kill()) await once(app, 'close');
  backend.close().closeAllConnections();
  consumer?.remove();
});
beforeEach(() => void (received = []));

const visit = (path: string): Promise<Response> =>
  fetch(origin + path, { headers: { cookie: 'sid=old; theme=dark' } });

test('a server route forwards cookies of the visitor, and relays those of a login', async () => {
  const response = await visit('/login');
  expect(await response.text()).toBe('sid=new; theme=dark');
  expect(response.headers.getSetCookie().sort()).toEqual([
    'own=1; Path=/',
    'sid=new; Path=/; HttpOnly',
  ]);
  expect(received).toEqual(['POST /login sid=old; theme=dark', 'GET /seen sid=new; theme=dark']);
});

test("so does a page, by Nuxt's own $fetch over the session", async () => {
  const response = await visit('/');
  expect(await response.text()).toContain('<p>sid=new; theme=dark, FetchError 404</p>');
  expect(response.headers.getSetCookie()).toEqual(['sid=new; Path=/; HttpOnly']);
  expect(received).toEqual([
    'POST /login sid=old; theme=dark',
    'GET /seen sid=new; theme=dark',
    'GET /missing sid=new; theme=dark',
  ]);
});

test('event.fetch below a session asks the app, for the visitor, with all headers', async () => {
  const { get, posts, cookies } = (await (await visit('/inside')).json()) as {
    get: { headers: object };
    posts: { method: string; headers: object; body: string }[];
    cookies: { name: string }[];
  };
  expect(get.headers).toMatchObject({
    authorization: 'Bearer token',
    cookie: 'sid=old; theme=dark',
  });
  expect(posts).toMatchObject([
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' },
    {
      method: 'POST',
      headers: { 'content-type': expect.stringContaining('x-www-form-urlencoded') },
      body: 'a=1',
    },
  ]);
  expect(cookies.map(({ name }) => name)).toEqual(['echoed']);
  expect(received).toEqual([]);
});

test.each([
  ['undici', 'itself'],
  ['undici', 'clone'],
  ['fetch', 'itself'],
  ['fetch', 'clone'],
])('a server route returns a response: over %s, %s', async (over, as) => {
  const response = await visit(`/returned?over=${over}&as=${as}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('sid=old; theme=dark');
});

test('event.$fetch, which gives data and no response, is told so', async () => {
  expect(await (await visit('/data')).text()).toMatch(/^ERR_INVALID_REQUEST .* unread Response/);
});
