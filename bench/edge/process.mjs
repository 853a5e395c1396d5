/**
 * One client in a process of Deno or Bun, driven by its parent: `process.mjs <client> <origin>`. It
 * says that it is ready; then it answers each message, `{ calls: { concurrency, duration } }`, with
 * a measurement.
 */
import process from 'node:process';
import { runCalls, runIn } from '../run-calls.mjs';
import { clients } from './clients.mjs';

const [name, origin] = process.argv.slice(2);
const client = clients[name]();

/** Times in ms; `cpu` is that of the whole process, user and system. */
async function measure({ concurrency, duration }) {
  await runCalls(client, origin, { concurrency, duration: runIn });
  const before = process.cpuUsage();
  const start = performance.now();
  const calls = await runCalls(client, origin, { concurrency, duration });
  const wall = performance.now() - start;
  const cpu = process.cpuUsage(before);
  return { calls, wall, cpu: (cpu.user + cpu.system) / 1000 };
}

process.on('disconnect', () => process.exit());
process.on('message', ({ calls }) => {
  void measure(calls).then((result) => process.send(result));
});
process.send('ready');
