/**
 * The parts of `npm run soak` that make many calls.
 *
 * @module
 */
import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { HTTPError, Session } from 'isosession';
import { heap, type Part, repeat, settled } from './measure.ts';

/** MB by which a heap may differ from itself. */
const noise = 3;

/** 1,000,000 calls over one session: no call fails, and the heap stays as it is. */
export const calls: Part = async ({ scale, origin }) => {
  const count = 1_000_000 * scale;
  const session = new Session({ baseUrl: origin, retry: 0 });
  const missing = async (n: number): Promise<void> => {
    const error: unknown = await session
      .get(`missing?${n}`)
      .json()
      .catch((reason) => reason);
    if (!(error instanceof HTTPError)) throw error;
  };
  const call = async (n: number): Promise<unknown> => {
    if (n % 20 === 0) return missing(n);
    if (n % 20 === 1) return session.get(`redirect/${n}`).json();
    if (n % 10 === 2) return session.post(`ok?${n}`, { json: { n } }).json();
    return session.get(`ok?${n}`).json();
  };
  const failedBefore = await repeat(count / 10, 50, call);
  const before = await heap();
  const failed = failedBefore + (await repeat(count, 50, call));
  const growth = (await heap()) - before;
  await session.close();
  return [
    { name: 'failed calls', value: failed, limit: 0 },
    // 10 bytes a call.
    { name: 'heap growth, MB', value: growth, limit: noise + count / 1e5 },
  ];
};

/** 10,000 calls at once. */
export const inFlight: Part = async ({ scale, origin }) => {
  const count = 10_000 * scale;
  const session = new Session({ baseUrl: origin, retry: 0 });
  const run = async (): Promise<number> =>
    repeat(count, count, async () => session.get('slow').json());
  let failed = await run();
  const before = await heap();
  failed += await run();
  const { sockets, inFlight, queued } = session.stats();
  const growth = (await heap()) - before;
  await session.close();
  return [
    { name: 'failed calls', value: failed, limit: 0 },
    { name: 'sockets', value: sockets, limit: 256 },
    { name: 'calls left', value: inFlight + queued, limit: 0 },
    { name: 'heap growth, MB', value: growth, limit: noise },
  ];
};

/** 10,000 bodies that nobody reads, some of them too large to be taken off the wire. */
export const unread: Part = async ({ scale, origin }) => {
  const count = 10_000 * scale;
  const session = new Session({ baseUrl: origin, retry: 0 });
  const call = async (n: number): Promise<unknown> => session.get(n % 100 ? 'small' : 'large');
  let failed = await repeat(count / 10, 50, call);
  const before = await heap();
  failed += await repeat(count, 50, call);
  const bodies = await settled(() => {
    globalThis.gc?.();
    return session.stats().unreadBodies;
  });
  const growth = (await heap()) - before;
  failed += await repeat(1000, 300, async () => session.get('ok').json());
  await session.close();
  return [
    { name: 'failed calls', value: failed, limit: 0 },
    { name: 'unread bodies after a collection', value: bodies, limit: 0 },
    { name: 'heap growth, MB', value: growth, limit: noise },
  ];
};

class OurReason extends Error {}

/** When a call is aborted: before it, as it connects, in headers, in a body, after its end. */
const aborted: ((session: Session, signal: AbortSignal, stop: () => void) => Promise<unknown>)[] = [
  async (session, signal, stop) => {
    stop();
    return session.get('ok', { signal }).text();
  },
  async (session, signal, stop) => {
    const call = session.get('never', { signal }).text();
    stop();
    return call;
  },
  async (session, signal, stop) => {
    const call = session.get('never', { signal }).text();
    for (let n = 0; n < 3; n++) await turn();
    stop();
    return call;
  },
  async (session, signal, stop) => {
    const call = session.post('never', { signal, body: 'x'.repeat(100_000) }).text();
    await turn();
    stop();
    return call;
  },
  async (session, signal, stop) => {
    const response = await session.get('drip', { signal });
    const text = response.text();
    stop();
    return text;
  },
  async (session, signal, stop) => {
    const response = await session.get('large', { signal });
    for await (const chunk of response.body ?? []) if (chunk.length) stop();
  },
  async (session, signal, stop) => {
    await session.get('ok', { signal }).text();
    stop();
    throw new OurReason();
  },
];

/**
 * 10,000 calls that are aborted, beside a signal that all of them share with calls that are not.
 */
export const aborts: Part = async ({ scale, origin }) => {
  const count = 10_000 * scale;
  const session = new Session({ baseUrl: origin, retry: 0 });
  const shared = new AbortController();
  const call = async (n: number): Promise<void> => {
    const controller = new AbortController();
    const abort = aborted[n % aborted.length];
    const call = abort?.(session, controller.signal, () => controller.abort(new OurReason()));
    const [reason] = await Promise.all([
      call?.catch((error: unknown) => error),
      session.get('ok', { signal: shared.signal }).json(),
    ]);
    if (!(reason instanceof OurReason)) throw reason ?? new Error('A call was not aborted');
  };
  let failed = await repeat(count / 10, 50, call);
  const before = await heap();
  failed += await repeat(count, 50, call);
  const growth = (await heap()) - before;
  const { inFlight, queued, unreadBodies } = session.stats();
  await session.close();
  return [
    { name: 'calls that ended otherwise', value: failed, limit: 0 },
    { name: 'calls and bodies left', value: inFlight + queued + unreadBodies, limit: 0 },
    { name: 'listeners', value: getEventListeners(shared.signal, 'abort').length, limit: 0 },
    { name: 'heap growth, MB', value: growth, limit: noise },
  ];
};
