/** A WebSocket by ws, with the cookies and the credentials of a session. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Session } from 'isosession';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Loopback, serve } from './loopback.ts';
import { sample } from './sample.ts';

const { openSocket } = (await sample('tools/websockets.md', 'openSocket')) as unknown as {
  openSocket(session: Session, path: string): Promise<WebSocket>;
};

/** A site with a login, whose WebSocket says who it is told to be. */
async function site(): Promise<Loopback> {
  const server = await serve(({ json }) =>
    json({}, 200, { 'set-cookie': ['sid=1; Path=/; HttpOnly', 'other=1; Path=/elsewhere'] }),
  );
  const sockets = new WebSocketServer({ noServer: true });
  server.server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (!request.headers.cookie?.includes('sid=1'))
      return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.send(request.headers.cookie ?? '');
    });
  });
  onTestFinished(async () => {
    for (const client of sockets.clients) client.terminate();
    await server[Symbol.asyncDispose]();
  });
  return server;
}

test("it is opened with the session's cookies, those of its path alone", async () => {
  const { origin } = await site();
  await using session = new Session({ baseUrl: origin });
  await session.post('login', { form: { user: 'ann' } });
  const socket = await openSocket(session, '/live');
  const [message] = await once(socket, 'message');
  expect(String(message)).toBe('sid=1');
  socket.close();
  await once(socket, 'close');
});

test('without a login it is refused', async () => {
  const { origin } = await site();
  await using session = new Session({ baseUrl: origin });
  const [error] = await once(await openSocket(session, '/live'), 'error').catch((error) => [error]);
  expect(String(error)).toContain('401');
});
