import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createFront, type Server } from 'node:net';
import { Session } from 'isosession';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { missing } from '../support/real-servers.mjs';
import { type Redis, startRedis } from '../support/redis.ts';
import { start, useProgram } from '../store/processes.ts';

useProgram('visitor-server');

const noRedis = missing('redis');
let redis: Redis | undefined;
beforeAll(async () => {
  if (noRedis === undefined) redis = await startRedis();
});
afterAll(async () => redis?.close());

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A backend whose session cookie is another one after each call, as careful ones have it. */
function startBackend(): Promise<number> {
  const visits = new Map<string, { name: string; seen: number }>();
  const answer = (response: ServerResponse, visit: { name: string; seen: number }): void => {
    const sid = crypto.randomUUID();
    visits.set(sid, visit);
    response.setHeader('set-cookie', `sid=${sid}; HttpOnly`).end(JSON.stringify(visit));
  };
  return listen(
    createServer((request: IncomingMessage, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        if (request.url === '/login')
          return answer(response, { name: new URLSearchParams(body).get('user') ?? '', seen: 0 });
        const sid = /sid=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
        const visit = visits.get(sid);
        visits.delete(sid);
        if (visit) answer(response, { name: visit.name, seen: visit.seen + 1 });
        else response.writeHead(401).end();
      });
    }),
  );
}

/** One port before several servers, which it leads connections to in turn. */
function startFrontDoor(ports: readonly number[]): Promise<number> {
  let next = 0;
  return listen(
    createFront((socket) => {
      const server = connect(ports[next++ % ports.length] as number, '127.0.0.1');
      socket.pipe(server).pipe(socket);
      for (const end of [socket, server]) end.on('error', () => socket.destroy());
    }),
  );
}

it.skipIf(noRedis !== undefined)(
  'S23: three servers behind one port share the logins of their visitors, and mix up none',
  { timeout: 120_000 },
  async () => {
    const backend = await startBackend();
    const servers = Array.from({ length: 3 }, () =>
      start([redis?.url ?? '', `http://127.0.0.1:${backend}/`]),
    );
    const ports = await Promise.all(
      servers.map(async ({ line }) => Number((await line('port')).split(' ')[1])),
    );
    const door = await startFrontDoor(ports);
    const pids = new Set<number>();
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const visitor = new Session({
          baseUrl: `http://127.0.0.1:${door}/`,
          // Each call is a connection of its own, which leads to the next server.
          headers: { connection: 'close' },
        });
        onTestFinished(() => visitor.close());
        for (let seen = 1; seen <= 12; seen++) {
          const page = await visitor
            .get(seen === 1 ? `?login=visitor${i}` : '')
            .json<{ name: string; seen: number; pid: number }>();
          expect(page).toMatchObject({ name: `visitor${i}`, seen });
          pids.add(page.pid);
        }
      }),
    );
    expect(pids.size).toBe(3);
    const stranger = new Session({ baseUrl: `http://127.0.0.1:${door}/` });
    onTestFinished(() => stranger.close());
    expect((await stranger.get('')).status).toBe(401);
  },
);
