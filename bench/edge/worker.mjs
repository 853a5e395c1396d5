/**
 * The clients in workerd. The query of a request says who is to call: `client`, `origin`,
 * `concurrency`, `duration` in ms; the response, how many calls there were.
 */
import { runCalls } from '../run-calls.mjs';
import { clients } from './clients.mjs';

const made = new Map();

export default {
  async fetch({ url }) {
    const { client: name, origin, ...plan } = Object.fromEntries(new URL(url).searchParams);
    if (!made.has(name)) made.set(name, clients[name]());
    const [concurrency, duration] = [Number(plan.concurrency), Number(plan.duration)];
    return Response.json(await runCalls(made.get(name), origin, { concurrency, duration }));
  },
};
