import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Session, type SessionSnapshot } from 'isosession';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { buildProgram } from '../support/build-program.mjs';
import { sites } from '../support/contract.ts';

let built: { folder: string; file: string };
beforeAll(async () => {
  built = await buildProgram('worker-session');
});
afterAll(() => rmSync(built.folder, { recursive: true, force: true }));

it('a session goes to a worker thread, makes a call there, and comes back', async () => {
  const { a } = sites();
  const session = new Session({ baseUrl: a.base, headers: { 'x-main': '1' }, timeout: 9000 });
  onTestFinished(() => session.close());
  await session.cookies.set('main=1; Path=/; HttpOnly; Max-Age=60');
  await session.cookies.set('other=1; Path=/', 'http://other.test/');

  const worker = new Worker(built.file);
  onTestFinished(async () => void (await worker.terminate()));
  worker.postMessage(await session.snapshot());
  const [message] = await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(() => Promise.reject(new Error('The worker has ended'))),
  ]);
  const { seen, snapshot } = message as { seen: unknown; snapshot: SessionSnapshot };
  expect(seen).toEqual({ cookie: 'main=1' });

  const back = Session.restore(snapshot);
  onTestFinished(() => back.close());
  expect(await back.get('cookies').json()).toEqual({ cookie: 'main=1; worker=1' });
  expect(await back.cookies.get('main')).toMatchObject({ httpOnly: true });
  expect(await back.cookies.header('http://other.test/')).toBe('other=1');
  expect([back.headers.get('x-main'), back.headers.get('x-worker')]).toEqual(['1', '1']);
  expect(back.timeout.total).toBe(session.timeout.total);
  // Its thread ends by itself: nothing of the session keeps it.
  if (worker.threadId !== -1) await once(worker, 'exit');
});
