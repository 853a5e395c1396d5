/**
 * What one of several processes does with a store: `keep-state <task> <store> <where> …`. It says
 * what it has done, a line each.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { refresh, Session, type Tokens } from 'isosession';
import { fileLock, fileStore } from 'isosession/node';
import {
  openSession,
  redisStore,
  type SessionStore,
  StoreError,
  type StoredSession,
} from 'isosession/store';
import { createClient } from 'redis';

const [task = '', kind = '', where = '', ...args] = process.argv.slice(2);
const say = (...words: unknown[]): void => console.log(words.join(' '));

/** A store, and what ends its client. */
async function openStore(): Promise<{ store: SessionStore; end(): void }> {
  switch (kind) {
    case 'redis': {
      const client = createClient({ url: where });
      // It connects again by itself; what is lost rejects.
      client.on('error', () => {});
      await client.connect();
      return { store: redisStore(client), end: () => client.destroy() };
    }
    case 'ioredis':
    case 'iovalkey': {
      const client = kind === 'ioredis' ? new Redis(where) : new Valkey(where);
      client.on('error', () => {});
      return { store: redisStore(client), end: () => client.disconnect() };
    }
    default:
      return { store: fileStore(where), end: () => {} };
  }
}

/** Sets cookies one after the other, of several sites, each until it is saved. */
async function addCookies(store: SessionStore, [id = '', from = '', count = '']: string[]) {
  const session = await openSession({ store, id });
  for (let i = Number(from); i < Number(from) + Number(count); i++) {
    await session.cookies.set(`c${i}=${i}`, `https://h.site${i % 20}.test/`);
    await saveAtLast(session);
    say('saved', i);
  }
  await session.close();
}

/** A server that was killed is up again before long. */
async function saveAtLast(session: StoredSession): Promise<void> {
  for (;;) {
    try {
      return await session.save();
    } catch (error) {
      if (!(error instanceof StoreError && error.reason === 'unavailable')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Saves one revision after the other, for ever. */
async function saveForEver(store: SessionStore, [id = '']: string[]) {
  const session = await openSession({ store, id, baseUrl: 'https://app.test/' });
  say('opened');
  for (let i = 0; ; i++) {
    await session.cookies.set(`revision=${i}`);
    await session.cookies.set(`long=${'x'.repeat(3000)}${i}`);
    await session.save();
    say('saved', i);
  }
}

/** Calls with tokens that have expired, all at once. */
async function callAll(store: SessionStore, [origin = '', count = '', pause = '']: string[]) {
  let version: string | undefined;
  const session: Session = new Session({
    baseUrl: origin,
    retry: 0,
    auth: refresh({
      lock: kind === 'file' ? fileLock(`${where}/renewal`, { ttl: 2000 }) : store.lock,
      async load() {
        const found = await store.load('tokens');
        version = found?.version;
        return found && (JSON.parse(found.data) as Tokens);
      },
      async renew(tokens) {
        const json = { refreshToken: tokens?.refreshToken };
        const renewed = await session.post('token', { json, auth: null }).json<Tokens>();
        if (pause) {
          say('renewed');
          await new Promise((resolve) => setTimeout(resolve, Number(pause)));
        }
        return renewed;
      },
      async save(tokens, { fence }) {
        const data = JSON.stringify(tokens);
        const saved = await store.save('tokens', data, { expected: version, fence });
        if ('conflict' in saved) throw new Error('the tokens are not the newest');
      },
    }),
  });
  const calls = Array.from({ length: Number(count) }, async () => {
    const { status } = await session.get('private');
    return status;
  });
  const outcomes = await Promise.allSettled(calls);
  say(
    'statuses',
    [...new Set(outcomes.map((it) => (it.status === 'fulfilled' ? it.value : it.reason)))].join(),
  );
  await session.close();
}

/** Holds the lock until a line comes, then saves what it was given, by its fence. */
async function hold(store: SessionStore, [id = '', data = '']: string[]) {
  const lines = createInterface(process.stdin);
  const found = await store.load(id);
  await store.lock?.run(id, async (signal, fence) => {
    say('held', fence);
    await once(lines, 'line');
    const saved = await store.save(id, data, { expected: found?.version, fence });
    say('conflict' in saved ? 'refused' : 'saved');
    // By now a process that was paused has learned of it.
    if (!signal.aborted) await Promise.race([once(signal, 'abort'), once(lines, 'line')]);
    say('aborted', signal.aborted);
  });
  lines.close();
}

const tasks: Record<string, (store: SessionStore, args: string[]) => Promise<void>> = {
  addCookies,
  saveForEver,
  callAll,
  hold,
};
const { store, end } = await openStore();
await tasks[task]?.(store, args);
end();
