/**
 * One of several servers of one site: `visitor-server <redis> <backend>`. What a visitor is at the
 * backend is kept in the store, under the id in their cookie.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Session } from 'isosession';
import { forwardSession } from 'isosession/ssr';
import { openSession, redisStore } from 'isosession/store';
import { createClient } from 'redis';

const [redis = '', backend = ''] = process.argv.slice(2);
const store = redisStore(await createClient({ url: redis }).connect(), { prefix: 'visitors:' });
const api = new Session({ baseUrl: backend });

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://site.test');
  const user = url.searchParams.get('login');
  // A login gets an id of its own: one that the visitor brought may be known to others.
  const id =
    user === null
      ? /(?:^|; )visit=([\w-]{36})/.exec(request.headers.cookie ?? '')?.[1]
      : crypto.randomUUID();
  if (id === undefined) return void response.writeHead(401).end();
  await using kept = await openSession({ store, id, ttl: 3_600_000 });
  const session = forwardSession(
    api,
    { node: { req: request, res: response } },
    { to: [backend], forwardCookies: [], cookies: kept.cookies },
  );
  if (user !== null) {
    await session.post('login', { form: { user } });
    response.setHeader('set-cookie', `visit=${id}; HttpOnly; SameSite=Lax; Path=/`);
  }
  const { name, seen } = await session.get('me').json<{ name: string; seen: number }>();
  await kept.save();
  response.end(JSON.stringify({ name, seen, pid: process.pid }));
}

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});
server.listen(0, '127.0.0.1', () => console.log(`port ${(server.address() as AddressInfo).port}`));
