/**
 * The part of `npm run soak` that keeps a pace by a real clock.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Middleware, Session } from 'isosession';
import { limit } from 'isosession/middleware';
import { type Part, repeat } from './measure.ts';

/** 1,000 calls at once, of which 100 run at a time, and 50 a second. */
export const pace: Part = async ({ scale }) => {
  const count = 1000 * scale;
  const rate = { count: 50, per: 1000 };
  const times: number[] = [];
  const server = createServer((_, response) => {
    times.push(performance.now());
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const session = new Session({ baseUrl: `http://127.0.0.1:${port}/`, retry: 0 });
  // With the first call undici is loaded, which takes longer than a request may be on its way.
  await session.get('').json();
  times.length = 0;
  session.use(limit({ concurrency: 100, rate }));
  const order: number[] = [];
  const watch: Middleware = (request, next) => {
    order.push(Number(request.url.search.slice(1)));
    return next(request);
  };
  session.use(watch, { around: 'attempt' });
  const start = performance.now();
  const failed = await repeat(count, count, async (n) => session.get(`?${n}`).json());
  const seconds = (performance.now() - start) / 1000;
  await session.close();
  server.close();
  const within = times.map(
    (from) => times.filter((at) => at >= from && at < from + rate.per).length,
  );
  return [
    { name: 'failed calls', value: failed, limit: 0 },
    { name: 'the most that came within a second', value: Math.max(...within), limit: rate.count },
    { name: 'calls out of turn', value: order.filter((n, at) => n !== at).length, limit: 0 },
    { name: 'seconds', value: seconds, limit: count / rate.count + 1 },
  ];
};
