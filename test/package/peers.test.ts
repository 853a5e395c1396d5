import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { node24 } from '../support/node24.mjs';
import { Consumer, copyPackages, dependencies, must, root, run } from './consumer.ts';

/** What cross-fetch brings along. */
const ofCrossFetch = {
  'node-fetch': 'cross-fetch/node_modules/node-fetch',
  'whatwg-url': 'whatwg-url',
  tr46: 'tr46',
  'webidl-conversions': 'webidl-conversions',
};

/**
 * Packs the repository and `peers`, and installs them by what their manifests say: nothing is
 * downloaded, and links, of which npm asks less, are none.
 */
async function installBeside(peers: Record<string, string>): Promise<Consumer> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'isosession-')));
  const consumer = new Consumer(join(folder, 'consumer'));
  copyPackages(folder, { ...dependencies, ...ofCrossFetch, ...peers });
  const copies = readdirSync(join(folder, 'node_modules'), { withFileTypes: true });
  const packages = [root, ...copies.map(({ name }) => `./node_modules/${name}`)];
  const packed = await must('npm', ['pack', '--ignore-scripts', '--json', ...packages], folder);
  const files = Object.values(JSON.parse(packed) as Record<string, Record<string, string>>);
  const all = Object.fromEntries(files.map(({ name, filename }) => [name, `file:../${filename}`]));
  const direct = ['isosession', ...Object.keys(peers)];
  const pick = (isDirect: boolean) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => direct.includes(name) === isDirect));
  mkdirSync(consumer.path);
  const manifest = {
    private: true,
    type: 'module',
    dependencies: pick(true),
    overrides: pick(false),
  };
  consumer.write('package.json', JSON.stringify(manifest));
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await must('npm', ['install', ...flags], consumer.path);
  return consumer;
}

const server = createServer(({ headers }, response) => {
  response.setHeader('set-cookie', 'sid=1');
  response.end(JSON.stringify(headers.cookie ?? 'none'));
});
let origin: string;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close().closeAllConnections());

test.each([
  ['ky 1 and cross-fetch 3', { ky: 'ky1', 'cross-fetch': 'cross-fetch3' }, process.execPath],
  ['ky 2 and cross-fetch 4', { ky: 'ky', 'cross-fetch': 'cross-fetch' }, node24()],
])('npm installs it beside %s, with which it works', async (_, peers, node) => {
  const consumer = await installBeside(peers);
  try {
    const program = consumer.write(
      'calls.mjs',
      `
      import { Session } from 'isosession';
      import { crossFetchTransport } from 'isosession/cross-fetch';
      import { createKy } from 'isosession/ky';
      const over = (options) => createKy(new Session({ baseUrl: '${origin}', ...options }));
      for (const ky of [over({}), over({ transport: crossFetchTransport() })]) {
        await ky.get('login');
        console.log(await ky.get('me').json());
      }`,
    );
    const { code, stdout, stderr } = await run(node, [program], consumer.path);
    expect([code, stdout, stderr]).toEqual([0, 'sid=1\nsid=1\n', '']);
  } finally {
    consumer.remove();
  }
});
