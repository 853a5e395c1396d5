/**
 * The clients in a page, over a `fetch` that asks nobody: what is left is what a session costs.
 * `runCalls` of the page resolves to how many calls there were, and to how many ms they have taken.
 */
import { item, itemCount } from '../items.mjs';
import { runCalls } from '../run-calls.mjs';
import { clients } from './clients.mjs';

const texts = Array.from({ length: itemCount }, (_, n) => JSON.stringify(item(n)));
const headers = { 'content-type': 'application/json; charset=utf-8' };
const { length } = `${location.origin}/items/`;

/** As from a network, answers come in a task of their own: there all that were asked for. */
const { port1, port2 } = new MessageChannel();
let waiting = [];
port1.onmessage = () => {
  const answered = waiting;
  waiting = [];
  for (const answer of answered) answer();
};

globalThis.fetch = async (url) => {
  if (waiting.length === 0) port2.postMessage(undefined);
  await new Promise((resolve) => waiting.push(resolve));
  return new Response(texts[Number(url.slice(length)) % itemCount], { headers });
};

const made = new Map();

globalThis.runCalls = async (name, plan) => {
  if (!made.has(name)) made.set(name, clients[name]());
  const start = performance.now();
  const calls = await runCalls(made.get(name), location.origin, plan);
  return { calls, wall: performance.now() - start };
};
