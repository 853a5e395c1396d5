/**
 * The part of `npm run soak` that keeps a pace by a real clock.
 *
 * @module
 */
import { type Middleware, Session } from 'isosession';
import { limit } from 'isosession/middleware';
import { type Part, repeat } from './measure.ts';

/** 1,000 calls at once, of which 100 run at a time, and 50 a second. */
export const pace: Part = async ({ scale, origin }) => {
  const count = 1000 * scale;
  const rate = { count: 50, per: 1000 };
  const session = new Session({ baseUrl: origin, retry: 0 });
  const call = async (n: number): Promise<unknown> => session.get(`ok?${n}`).json();
  session.use(limit({ concurrency: 100, rate }));
  const order: number[] = [];
  const times: number[] = [];
  const watch: Middleware = (request, next) => {
    order.push(Number(request.url.search.slice(1)));
    times.push(performance.now());
    return next(request);
  };
  session.use(watch, { around: 'attempt' });
  const start = performance.now();
  const failed = await repeat(count, count, call);
  const seconds = (performance.now() - start) / 1000;
  await session.close();
  const within = times.map((from) => times.filter((at) => at >= from && at < from + rate.per));
  return [
    { name: 'failed calls', value: failed, limit: 0 },
    {
      name: 'the most that were sent within a second',
      value: Math.max(...within.map(({ length }) => length)),
      limit: rate.count,
    },
    { name: 'calls out of turn', value: order.filter((n, at) => n !== at).length, limit: 0 },
    { name: 'seconds', value: seconds, limit: (1.1 * count) / rate.count + 1 },
  ];
};
