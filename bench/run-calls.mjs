import { itemCount } from './items.mjs';

/**
 * Milliseconds before each measurement that do not count: sockets that went idle are opened again,
 * and the processor wakes up.
 */
export const runIn = 120;

let next = 0;

/**
 * Calls, `concurrency` at a time, each of another URL, until `duration` ms have passed; resolves to
 * how many there were. It runs in every runtime.
 */
export async function runCalls(client, origin, { concurrency, duration }) {
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
