import {
  fetchTransport,
  type Session,
  type SessionOptions,
  type SessionResponse,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { deferred, open, reasonOf, sites } from '../../support/contract.ts';
import { answer, rawServer } from '../../support/raw-server.ts';
import { MiB } from './compressed.ts';

/** Collections and turns of the loop, enough for finalizers to run. */
async function collect(): Promise<void> {
  expect(globalThis.gc).toBeTypeOf('function');
  for (let turn = 0; turn < 10; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

describe('F21: responses that nobody reads', () => {
  test('a thousand small ones over ten connections are all answered', async () => {
    const { a } = sites();
    const session = open();
    const responses = await Promise.all(
      Array.from({ length: 1000 }, () => session.get(a.url('bytes', { n: 2000 }))),
    );
    expect(responses.filter((response) => response.status === 200)).toHaveLength(1000);
    expect(session.stats()).toMatchObject({ unreadBodies: 0, queued: 0, inFlight: 0 });
  });

  test('a large one holds its connection until it is cancelled', async () => {
    const { a } = sites();
    const session = open();
    const response = await session.get(a.url('bytes', { n: 20 * MiB }));
    const small = await session.get(a.url('echo'));
    expect(small.status).toBe(200);
    await small.text();
    expect(session.stats().unreadBodies).toBe(1);
    await response.body?.cancel();
    expect(session.stats().unreadBodies).toBe(0);
    expect(await reasonOf(response.text())).toBeInstanceOf(TypeError);
  });

  test.each<[string, (response: SessionResponse) => unknown]>([
    ['that nobody touched', () => {}],
    ['whose body was looked at', (response) => response.body],
    ['whose body was read in part', (response) => response.body?.getReader().read()],
    ['whose lines were read in part', (response) => response.lines().next()],
  ])('a large one %s frees its connection when it is collected', async (_name, touch) => {
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        if (request.target !== '/endless') {
          await peer.write(answer('small'));
          continue;
        }
        await peer.write('HTTP/1.1 200 OK\r\n\r\n');
        await peer.flood('line\n'.repeat(10_000));
      }
    });
    const session = open({ retry: 0 });
    await (async () => {
      await touch(await session.get(`${server.origin}/endless`));
    })();
    await session.get(server.origin).text();
    expect(session.stats().sockets).toBe(2);
    // Collections and turns of the loop until its finalizer has run.
    for (let turn = 0; turn < 100 && session.stats().sockets > 1; turn++) {
      globalThis.gc?.();
      await session.get(server.origin).text();
    }
    expect(session.stats()).toMatchObject({ sockets: 1, unreadBodies: 0, inFlight: 0 });
    await server.peers[0]?.closed();
  });

  test.each<[string, SessionOptions, ((session: Session) => unknown)?]>([
    [
      'a middleware replaced',
      {},
      (session) =>
        session.use(async (request, next) => (await next(request), new Response('other'))),
    ],
    [
      'a middleware dropped for an error',
      {},
      (session) =>
        session.use(async (request, next) =>
          Promise.reject(new Error(String((await next(request)).status))),
        ),
    ],
    [
      'credentials replaced',
      { auth: async (request, next) => (await next(request), new Response('other')) },
    ],
    ['a hook replaced', { hooks: { afterResponse: [() => new Response('other')] } }],
  ])(
    'a large one that %s frees its connection when it is collected',
    async (_name, options, change) => {
      const { a } = sites();
      const session = open(options);
      change?.(session);
      await session.get(a.url('bytes', { n: 20 * MiB })).then(
        (response) => response.text(),
        () => {},
      );
      for (let turn = 0; turn < 10 && session.stats().sockets > 0; turn++) await collect();
      expect(session.stats()).toMatchObject({ sockets: 0, unreadBodies: 0 });
    },
  );

  describe.each<[string, (origin: string) => Session]>([
    ['undici', () => open({ retry: 0 })],
    ['fetch', () => open({ retry: 0, transport: fetchTransport() })],
  ])('over %s, what somebody still reads is not collected', (_name, make) => {
    const readers: [string, (session: Session, url: string) => Promise<unknown>][] = [
      ['by a shortcut', (session, url) => session.get(url).text()],
      ['from a response that is gone', async (session, url) => (await session.get(url)).text()],
      [
        'by its lines',
        async (session, url) => {
          let text = '';
          for await (const line of session.get(url).lines()) text += line;
          return text;
        },
      ],
      [
        'from its stream',
        async (session, url) => new Response((await session.get(url)).body).text(),
      ],
      [
        'from its stream, later',
        async (session, url) => {
          const { body } = await session.get(url);
          await collect();
          return new Response(body).text();
        },
      ],
      [
        'from a clone',
        async (session, url) => {
          const copy = (await session.get(url)).clone();
          await collect();
          return copy.text();
        },
      ],
    ];

    test.each(readers)('%s', async (_way, read) => {
      const next = deferred();
      const server = await rawServer(async (peer) => {
        await peer.request();
        await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello ');
        await next.promise;
        await peer.write('world');
      });
      const session = make(server.origin);
      const text = read(session, server.origin);
      await server.connections(1);
      await collect();
      next.resolve();
      expect(await text).toBe('hello world');
    });
  });

  test('a call that waits behind unread bodies goes on when one is read', async () => {
    const { a } = sites();
    const { undiciTransport } = await import('isosession/node');
    const session = open({ transport: undiciTransport({ connections: 2 }) });
    const held = await Promise.all(
      [1, 2].map((n) => session.get(a.url('bytes', { n: 5 * MiB + n }))),
    );
    const waiting = session.get(a.url('echo')).text();
    while (session.stats().unreadBodies < 2) await new Promise(setImmediate);
    expect(session.stats()).toMatchObject({ queued: 1, unreadBodies: 2 });
    expect((await held[0]?.bytes())?.length).toBe(5 * MiB + 1);
    expect(await waiting).toContain('echo');
  });
});
