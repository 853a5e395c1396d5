/**
 * The parts of `npm run soak` that have something happen to calls.
 *
 * @module
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { NetworkError, Session } from 'isosession';
import { linear } from '../support/growth.ts';
import { type Part, repeat, stateOf } from './measure.ts';

/** Connections that are reset when they have been idle for 0 to 10 ms, 20 calls wide. */
export const idleResets: Part = async ({ scale, origin }) => {
  const count = 100_000 * scale;
  const session = new Session({ baseUrl: origin, retry: 0 });
  const target = (n: number): string => `reset/${n % 11}/${n}`;
  // With some of the callers away, their connections are idle.
  const pause = async (n: number): Promise<void> => void (n % 3 || (await wait(n % 13)));
  const gets = await repeat(count, 20, async (n) => {
    await pause(n);
    await session.get(target(n)).text();
  });
  const posts = await repeat(count, 20, async (n) => {
    await pause(n);
    const call = session.post(target(n), { body: 'x' }).text();
    // One that was written as its connection ended may have been carried out: it is an error.
    await call.catch((error: unknown) => {
      if (!(error instanceof NetworkError)) throw error;
    });
  });
  await session.close();
  return [
    { name: 'failed GETs', value: gets, limit: 0 },
    { name: 'POSTs sent twice', value: (await stateOf(origin)).twice, limit: 0 },
    { name: 'POSTs failed by no network error', value: posts, limit: 0 },
  ];
};

/** Runs that have to be slow for reading to be slow. */
const attempts = 5;

/** How much more CPU time 1,000,000 chunks of a byte take than ten times a tenth of them. */
export const chunks: Part = async ({ scale, origin }) => {
  const count = 1_000_000 * scale;
  const session = new Session({ baseUrl: origin });
  const cpu = async (size: number, times: number, read: Reader): Promise<number> => {
    const before = process.cpuUsage();
    for (let n = 0; n < times; n++) {
      const bytes = await read(session, `chunks/${size}`);
      if (bytes !== size) throw new Error(`${bytes} of ${size} bytes`);
    }
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const ratio = async (read: Reader): Promise<number> => {
    let long = Infinity;
    let short = Infinity;
    for (let n = 0; n < attempts; n++) {
      short = Math.min(short, await cpu(count / 10, 10, read));
      long = Math.min(long, await cpu(count, 1, read));
      if (long <= short * linear) break;
    }
    return long / short;
  };
  const rows = [
    { name: 'time ratio, read as text', value: await ratio(asText), limit: linear },
    { name: 'time ratio, read by chunks', value: await ratio(byChunks), limit: linear },
    { name: 'time ratio, read late', value: await ratio(late), limit: linear },
  ];
  await session.close();
  return rows;
};

type Reader = (session: Session, target: string) => Promise<number>;

const asText: Reader = async (session, target) => (await session.get(target).text()).length;

const byChunks: Reader = async (session, target) => {
  let bytes = 0;
  for await (const chunk of (await session.get(target)).body ?? []) bytes += chunk.length;
  return bytes;
};

const late: Reader = async (session, target) => {
  const response = await session.get(target);
  const clone = response.clone();
  await response.text();
  return (await clone.bytes()).length;
};

/** Calls whose loop is blocked at a time. */
const width = 50;
/** ms; what a call would be given up after, if the time of the blocked loop counted. */
const timeout = { connect: 400, response: 400, body: 400 };
const block = 500;
/** ms after which a server that has not answered never will. */
const patience = 60_000;

/** A loop that is blocked for 500 ms, as answers come: no call runs out of time. */
export const blocked: Part = async ({ scale, origin }) => {
  const rounds = Math.ceil(10 * scale);
  const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
  const file = join(folder, 'answered');
  const marked = (route: string): string => `${origin}${route}/${encodeURIComponent(file)}`;
  const session = new Session({ retry: 0, timeout });
  let wrong = 0;

  /** Until the server has written every answer, too: it may be slow, but this does not matter. */
  const blockLoop = (answers: number): void => {
    const start = performance.now();
    let passed = 0;
    while (passed < block || (statSync(file).size < answers && passed < patience))
      passed = performance.now() - start;
  };
  const round = async (calls: (() => Promise<unknown>)[], answers: number): Promise<void> => {
    writeFileSync(file, '');
    const outcomes = calls.map(async (call) => call());
    for (let n = 0; n < 3; n++) await turn();
    blockLoop(answers);
    for (const { status } of await Promise.allSettled(outcomes)) if (status === 'rejected') wrong++;
  };
  const many = <T>(make: () => T): T[] => Array.from({ length: width }, make);

  for (let n = 0; n < rounds; n++) {
    await using fresh = new Session({ retry: 0, timeout });
    await round(
      many(() => async () => fresh.get(`${origin}ok`).json()),
      0,
    );
    await Promise.all(many(async () => session.get(`${origin}ok`, { timeout: 30_000 }).json()));
    await round(
      many(() => async () => session.get(marked('marked')).json()),
      width,
    );
    writeFileSync(file, '');
    const responses = await Promise.all(
      many(async () => session.get(marked('marked-halves'), { timeout: { response: 30_000 } })),
    );
    await round(
      responses.map((response) => async () => response.json()),
      width,
    );
  }
  await session.close();
  rmSync(folder, { recursive: true });
  return [{ name: 'calls that ran out of time wrongly', value: wrong, limit: 0 }];
};
