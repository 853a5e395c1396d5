/**
 * What a session in Redis costs: `node bench/store.mjs [--smoke]`. Each user opens a session of
 * their own, makes one call that changes a cookie, and saves. `README.md` beside it says more.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, redisStore } from 'isosession/store';
import { createClient } from 'redis';

const ms = process.argv.includes('--smoke') ? 200 : 5000;

/** A port that nobody listens at. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const folder = mkdtempSync(join(tmpdir(), 'isosession-bench-'));
const port = await freePort();
const redis = spawn(
  'redis-server',
  ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes'],
  { stdio: 'ignore' },
);
process.on('exit', () => {
  redis.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});
redis.once('error', (error) => {
  console.error(`There is no redis-server: ${error.message}`);
  process.exit(1);
});

const client = createClient({ url: `redis://127.0.0.1:${port}` });
client.on('error', () => {});
await client.connect();
const store = redisStore(client);

let calls = 0;
/** A backend within this process, so that the store alone is measured. */
const transport = {
  send: async () => new Response('', { headers: { 'set-cookie': `sid=${calls++}; HttpOnly` } }),
};

async function visit(id) {
  const session = await openSession({ store, id, baseUrl: 'https://app.test/', transport });
  await session.get('');
  await session.close();
}

/** Visits that end within the time, by so many users at once. */
async function measure(users) {
  const end = performance.now() + ms;
  const times = [];
  await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      for (let start = performance.now(); start < end; start = performance.now()) {
        await visit(`user${user}`);
        times.push(performance.now() - start);
      }
    }),
  );
  times.sort((one, other) => one - other);
  return { rate: times.length / (ms / 1000), median: times[times.length >> 1] };
}

await measure(1);
console.log('| users at once | visits/s | median ms |\n|---|---|---|');
for (const users of [1, 10, 100]) {
  const { rate, median } = await measure(users);
  console.log(`| ${users} | ${rate.toFixed(0)} | ${median.toFixed(2)} |`);
}
client.destroy();
process.exit();
