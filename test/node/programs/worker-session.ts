/**
 * A worker thread that gets a session as a snapshot, makes a call with it, and gives it back with
 * what the server has set, and what was changed here.
 */
import { parentPort } from 'node:worker_threads';
import { Session, type SessionSnapshot } from 'isosession';

async function answer(snapshot: SessionSnapshot): Promise<void> {
  const session = Session.restore(snapshot);
  const seen = await session.get('cookies').json();
  await session.get('cookies/set', { searchParams: { line: 'worker=1; Path=/; HttpOnly' } });
  session.headers.set('x-worker', '1');
  parentPort?.postMessage({ seen, snapshot: await session.snapshot() });
  await session.close();
}

parentPort?.once('message', (snapshot: SessionSnapshot) => void answer(snapshot));
