/** Uses a session in one way and then does nothing more: the process must end by itself. */
import { Session } from 'isosession';

const [origin = '', way = ''] = process.argv.slice(2);

const ways: Record<string, () => Promise<unknown>> = {
  async idle() {
    await new Session().get(`${origin}/`).text();
  },
  async unread() {
    await new Session().get(`${origin}/large`);
  },
  async 'unread with a deadline'() {
    await new Session({ timeout: { total: 600_000, body: 600_000 } }).get(`${origin}/large`);
  },
  async 'redirected by a body without end'() {
    await new Session().get(`${origin}/redirect`).text();
  },
  async 'aborted while it waits for a retry'() {
    const stop = new AbortController();
    const session = new Session({
      retry: { delay: () => 600_000, backoffLimit: 600_000 },
      hooks: { beforeRetry: [() => queueMicrotask(() => stop.abort())] },
    });
    await session.get(`${origin}/503`, { signal: stop.signal }).catch(() => {});
  },
  async 'timed out'() {
    await new Session({ retry: 0, timeout: { response: 50 } })
      .get(`${origin}/never`)
      .catch(() => {});
  },
  async closed() {
    const session = new Session();
    await session.get(`${origin}/`).text();
    await session.close();
  },
  async destroyed() {
    const session = new Session();
    const call = session.get(`${origin}/never`).catch(() => {});
    setImmediate(() => void session.destroy());
    await call;
  },
  async 'a function of one call'() {
    const { get } = await import('isosession');
    await get(`${origin}/`).text();
    await get(`${origin}/large`);
  },
  async 'cookies and defaults set'() {
    const session = new Session({ baseUrl: origin, timeout: { total: 600_000 } });
    await session.cookies.set('a=1; Max-Age=100');
    await session.get('').text();
  },
  async nothing() {
    new Session();
    await Promise.resolve();
  },
};

await ways[way]?.();
console.log('done');
