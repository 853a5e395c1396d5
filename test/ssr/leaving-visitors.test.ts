import { EventEmitter, getEventListeners, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Session } from 'isosession';
import { forwardSession } from 'isosession/ssr';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, open, reasonOf, sites } from '../support/contract.ts';
import { madeUp, pages, visit } from './visitors.ts';

/** Ways in which a server hands on the visitor's request. */
const ways: [
  string,
  (request: IncomingMessage, response: ServerResponse) => Parameters<typeof forwardSession>[1],
][] = [
  ['an IncomingMessage', (request) => request],
  ['an Express request', (request, response) => Object.assign(request, { res: response })],
  ['an event of h3 1', (req, res) => ({ node: { req, res } })],
];

describe('a visitor of a Node server', () => {
  describe.each(ways)('who is known by %s', (_name, incoming) => {
    test.each([
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
    ])('and goes away aborts what is under way: %j', async (text) => {
      const { a } = sites();
      const api = open({ baseUrl: a.base });
      let session: Session | undefined;
      const port = await pages(async (request, response) => {
        if (request.method === 'POST') await once(request.resume(), 'end');
        session = forwardSession(api, incoming(request, response), { to: [a.origin] });
        await session.get('never').catch(() => {});
      });
      const visitor = await visit(port, text);
      await a.requests({ requests: 1 });
      visitor.destroy();
      expect((await a.journal({ aborted: 1 })).openSockets).toBe(0);
      expect(session?.closed).toBe(true);
      expect((await api.get('echo')).status).toBe(200);
    });

    test('and gets the page leaves what still runs alone, and no listener behind', async () => {
      const { a } = sites();
      const api = open({ baseUrl: a.base });
      const warnings: Error[] = [];
      const listen = (warning: Error) => void warnings.push(warning);
      process.on('warning', listen);
      onTestFinished(() => void process.off('warning', listen));
      const sessions: Session[] = [];
      const later: Promise<unknown>[] = [];
      const listeners: number[] = [];
      let socketClosed: Promise<unknown> | undefined;
      const port = await pages((request, response) => {
        const session = forwardSession(api, incoming(request, response), { to: [a.origin] });
        sessions.push(session);
        later.push(session.get('held', { searchParams: { key: 'k' } }).json());
        socketClosed ??= once(request.socket, 'close');
        listeners.push(request.socket.listenerCount('close') + request.listenerCount('close'));
        response.end('page');
      });
      const visitor = await visit(port, '');
      for (let n = 0; n < 20; n++) {
        visitor.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await once(visitor, 'data');
      }
      await a.requests({ requests: 20 });
      await a.release('k');
      expect(await Promise.all(later)).toEqual(Array(20).fill({ released: true }));
      expect(new Set(listeners).size).toBe(1);
      expect(warnings).toEqual([]);
      visitor.destroy();
      await socketClosed;
      expect(sessions.slice(0, -1).filter((session) => session.closed)).toEqual([]);
    });
  });

  test('who left before it was forwarded is not served', async () => {
    const { a } = sites();
    const { promise, resolve } = deferred<Session[]>();
    const port = await pages((request, response) => {
      response.once('close', () =>
        setImmediate(() =>
          resolve(
            ways.map(([, incoming]) =>
              forwardSession(open({ baseUrl: a.base }), incoming(request, response), {
                to: [a.origin],
              }),
            ),
          ),
        ),
      );
      request.socket.destroy();
    });
    await visit(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    for (const session of await promise) expect(session.closed).toBe(true);
  });

  test('on HTTP/2 goes away by itself: the other streams of the connection go on', async () => {
    const { a } = sites();
    const api = open({ baseUrl: a.base });
    const sessions: Session[] = [];
    const ends: Promise<unknown>[] = [];
    const server = createHttp2Server((request, response) => {
      const session = forwardSession(api, request as never, { to: [a.origin] });
      sessions.push(session);
      ends.push(once(request.stream, 'close'));
      void session
        .get('held', { searchParams: { key: request.url } })
        .text()
        .then(
          (text) => response.end(text),
          () => {},
        );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(() => {
      client.destroy();
      server.close();
    });
    const [stays, leaves] = ['/stays', '/leaves'].map((path) =>
      client.request({ ':path': path }),
    ) as [ReturnType<typeof client.request>, ReturnType<typeof client.request>];
    await a.requests({ requests: 2 });
    leaves.close(8);
    await a.journal({ aborted: 1 });
    expect(sessions.map((session) => session.closed).sort()).toEqual([false, true]);
    await a.release('/stays');
    expect(String(((await once(stays, 'data')) as [Buffer])[0])).toContain('released');
    await Promise.all(ends);
    expect(sessions.map((session) => session.closed).sort()).toEqual([false, true]);
  });

  test('who has the page, and whose connection stays, costs no memory', async () => {
    const { a } = sites();
    const api = open({ baseUrl: a.base });
    let session: WeakRef<Session> | undefined;
    const port = await pages((request, response) => {
      session = new WeakRef(forwardSession(api, request, { to: [a.origin] }));
      response.end('page');
    });
    const visitor = await visit(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(visitor, 'data');
    for (let turn = 0; turn < 100 && session?.deref(); turn++) {
      await new Promise(setImmediate);
      gc?.();
    }
    expect(session?.deref()).toBeUndefined();
    expect(visitor.destroyed).toBe(false);
  });

  test('whose connection tells nothing, as with serverless hosts, is served', async () => {
    const { a } = sites();
    const session = forwardSession(
      open({ baseUrl: a.base }),
      { headers: { 'x-request-id': 'r' }, socket: { encrypted: true } },
      { to: [a.origin] },
    );
    expect((await session.get('echo')).status).toBe(200);
    await session.close();
  });

  test('goes away also when nobody but the session has the Request', async () => {
    const { a } = sites();
    const gone = new AbortController();
    const session = forwardSession(
      open({ baseUrl: a.base }),
      new Request('https://www.example.com/', { signal: gone.signal }),
      { to: [a.origin] },
    );
    const call = session.get('never');
    await a.requests({ requests: 1 });
    for (let turn = 0; turn < 5; turn++) {
      gc?.();
      await new Promise(setImmediate);
    }
    gone.abort('gone');
    expect(await reasonOf(call)).toBe('gone');
  });

  test('is no longer watched when the session was closed', async () => {
    const { a } = sites();
    const response = Object.assign(new EventEmitter(), { writableFinished: false });
    const { signal } = new AbortController();
    const request = new Request('https://www.example.com/', { signal });
    for (const end of ['close', 'destroy'] as const) {
      const one = forwardSession(open(), { ...madeUp({}), res: response } as never, {
        to: [a.origin],
      });
      const two = forwardSession(open(), request, { to: [a.origin] });
      expect([
        response.listenerCount('close'),
        getEventListeners(request.signal, 'abort').length,
      ]).toEqual([1, 1]);
      await Promise.all([one[end](), two[end]()]);
      expect([
        response.listenerCount('close'),
        getEventListeners(request.signal, 'abort').length,
      ]).toEqual([0, 0]);
    }
  });
});
