import { PerformanceObserver, constants } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { itemCount } from './items.mjs';

/**
 * Milliseconds before each measurement that do not count: sockets that went idle are opened again,
 * and the processor wakes up.
 */
const runIn = 120;

let next = 0;

/**
 * Calls, `concurrency` at a time, each of another URL, until `duration` ms have passed; resolves to
 * how many there were.
 */
async function run(client, origin, concurrency, duration) {
  let stopped = false;
  let calls = 0;
  const worker = async () => {
    while (!stopped) {
      const n = next++;
      const value = await client.get(`${origin}/items/${n}`);
      if (value.id !== n % itemCount) throw new Error(`item ${n} came as ${value.id}`);
      calls += 1;
    }
  };
  setTimeout(() => {
    stopped = true;
  }, duration);
  await Promise.all(Array.from({ length: concurrency }, worker));
  return calls;
}

let pauses = [];
const observer = new PerformanceObserver((list) => {
  pauses.push(...list.getEntries());
});
observer.observe({ entryTypes: ['gc'] });

/** Node queues the entries in a turn of the event loop of its own. */
async function takePauses() {
  await turn();
  const taken = [...pauses, ...observer.takeRecords()];
  pauses = [];
  return taken;
}

const total = (entries) => entries.reduce((sum, entry) => sum + entry.duration, 0);

/**
 * Times in ms; `cpu` is that of the whole process, user and system, so collector and compiler
 * threads count.
 */
export async function measureCalls(client, origin, { concurrency, duration }) {
  await run(client, origin, concurrency, runIn);
  await takePauses();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const calls = await run(client, origin, concurrency, duration);
  const wall = performance.now() - start;
  const cpu = process.cpuUsage(cpuBefore);
  const gc = await takePauses();
  const scavenges = gc.filter((entry) => entry.detail.kind === constants.NODE_PERFORMANCE_GC_MINOR);
  return {
    calls,
    wall,
    cpu: (cpu.user + cpu.system) / 1000,
    gc: total(gc),
    scavenges: scavenges.length,
    scavenge: total(scavenges),
  };
}
