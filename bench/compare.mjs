/**
 * Compares the calls of clients, each in a process of its own: the rounds, and what is read from
 * them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { against, duration, generations, here, node, rounds, warmUp } from './plan.mjs';

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/**
 * A client in a process of its own, which says something when it is ready; `ask(message)` resolves
 * to its answer.
 */
export async function startProcess(name, file, args, options) {
  const child = fork(file, args, options);
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with code ${code}`);
  });
  failed.catch(() => {});
  const [hello] = await Promise.race([once(child, 'message'), failed]);
  return {
    name,
    hello,
    end: () => child.disconnect(),
    async ask(message) {
      child.send(message);
      const [answer] = await Promise.race([once(child, 'message'), failed]);
      return answer;
    },
  };
}

/** `network` is what lies between the client and the origin, for the clients that are told. */
export function startNodeClient(name, origin, network = {}) {
  const circumstances = JSON.stringify({ ...network, against });
  return startProcess(name, join(here, 'client-process.mjs'), [name, origin, circumstances], {
    ...(node && { execPath: node }),
  });
}

/**
 * Rounds of every client in turn, each round begun by another; what is compared was measured in the
 * same round.
 */
export async function runRounds(clients, concurrency, runs) {
  for (const client of clients) await client.ask({ calls: { concurrency, duration: warmUp } });
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < clients.length; i++) {
      const client = clients[(i + round) % clients.length];
      runs.get(client.name).push(await client.ask({ calls: { concurrency, duration } }));
    }
  }
}

/** CPU µs of a call. */
export const cost = ({ cpu, calls }) => (cpu * 1000) / calls;

/** Calls of a second. */
export const speed = ({ calls, wall }) => (calls * 1000) / wall;

function summarise(runs, reference) {
  const base = runs.get(reference);
  return Array.from(runs, ([name, own]) => ({
    name,
    cpu: median(own.map(cost)),
    ratio: base && median(own.map((run, round) => cost(run) / cost(base[round]))),
    perSecond: median(own.map(speed)),
    speedRatio: base && median(own.map((run, round) => speed(run) / speed(base[round]))),
    gcPer10k:
      own[0].gc === undefined
        ? undefined
        : median(own.map(({ gc, calls }) => (gc * 10_000) / calls)),
    perScavenge:
      own[0].gc === undefined
        ? undefined
        : median(own.map(({ scavenge, scavenges }) => (scavenges ? scavenge / scavenges : 0))),
  }));
}

/**
 * `start()` resolves to new clients, one generation of them; `last(clients)` may measure more with
 * the last one. Resolves to the runtime, to rows by concurrency, and to what they were read from:
 * all runs by concurrency and client.
 */
export async function compareCalls(title, { reference, concurrencies, start, last }) {
  const runs = Object.fromEntries(concurrencies.map((concurrency) => [concurrency, new Map()]));
  let runtime;
  for (let generation = 1; generation <= generations; generation++) {
    const clients = await start();
    for (const { name, hello } of clients) {
      if (hello.jar !== Boolean(hello.cookie))
        throw new Error(
          `${name} should${hello.jar ? '' : ' not'} send a cookie and sent "${hello.cookie}"`,
        );
    }
    runtime ??= clients.find(({ name }) => name !== 'requests (Python)')?.hello.runtime;
    for (const concurrency of concurrencies) {
      for (const { name } of clients)
        if (!runs[concurrency].has(name)) runs[concurrency].set(name, []);
      process.stderr.write(
        `${title}, ${concurrency} at a time: generation ${generation} of ${generations} …\n`,
      );
      await runRounds(clients, concurrency, runs[concurrency]);
    }
    if (generation === generations) await last?.(clients);
    for (const client of clients) client.end();
  }
  return {
    runtime,
    runs,
    calls: Object.fromEntries(
      concurrencies.map((concurrency) => [concurrency, summarise(runs[concurrency], reference)]),
    ),
  };
}
