import { PerformanceObserver, constants } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { runCalls, runIn } from './run-calls.mjs';

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
  await runCalls(client, origin, { concurrency, duration: runIn });
  await takePauses();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const calls = await runCalls(client, origin, { concurrency, duration });
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
