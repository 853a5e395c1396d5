import {
  fetchTransport,
  type Session,
  type SessionOptions,
  type SessionResponse,
} from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, open, reasonOf, sites } from '../../support/contract.ts';
import { openHttp2, serveHttp2 } from '../../support/http2.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
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
    await expect.poll(() => session.stats().unreadBodies).toBe(1);
    await response.body?.cancel();
    expect(session.stats().unreadBodies).toBe(0);
    expect(await reasonOf(response.text())).toBeInstanceOf(TypeError);
  });

  test.each<{ name: string; touch: (response: SessionResponse) => unknown }>([
    { name: 'that nobody touched', touch: () => {} },
    { name: 'whose body was looked at', touch: (response) => response.body },
    { name: 'whose body was read in part', touch: (response) => response.body?.getReader().read() },
    { name: 'whose lines were read in part', touch: (response) => response.lines().next() },
  ])('a large one $name frees its connection when it is collected', async ({ touch }) => {
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

  test.each<{ name: string; options: SessionOptions; change?: (session: Session) => unknown }>([
    {
      name: 'a middleware replaced',
      options: {},
      change: (session) =>
        session.use(async (request, next) => (await next(request), new Response('other'))),
    },
    {
      name: 'a middleware dropped for an error',
      options: {},
      change: (session) =>
        session.use(async (request, next) =>
          Promise.reject(new Error(String((await next(request)).status))),
        ),
    },
    {
      name: 'credentials replaced',
      options: { auth: async (request, next) => (await next(request), new Response('other')) },
    },
    {
      name: 'a hook replaced',
      options: { hooks: { afterResponse: [() => new Response('other')] } },
    },
  ])(
    'a large one that $name frees its connection when it is collected',
    async ({ options, change }) => {
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

  test('a large one that no schema can judge frees its connection once collected', async () => {
    const { a } = sites();
    const session = open();
    const data = session.get(a.url('bytes', { n: 20 * MiB })).json({} as never);
    await expect(data).rejects.toThrow();
    for (let turn = 0; turn < 10 && session.stats().sockets > 0; turn++) await collect();
    expect(session.stats()).toMatchObject({ sockets: 0, unreadBodies: 0 });
  });

  describe.each<{ name: string; make: (origin: string) => Session }>([
    { name: 'undici', make: () => open({ retry: 0 }) },
    { name: 'fetch', make: () => open({ retry: 0, transport: fetchTransport() }) },
  ])('over $name, what somebody still reads is not collected', ({ make }) => {
    const readers: { way: string; read: (session: Session, url: string) => Promise<unknown> }[] = [
      { way: 'by a shortcut', read: (session, url) => session.get(url).text() },
      {
        way: 'from a response that is gone',
        read: async (session, url) => (await session.get(url)).text(),
      },
      {
        way: 'by its lines',
        read: async (session, url) => {
          let text = '';
          for await (const line of session.get(url).lines()) text += line;
          return text;
        },
      },
      {
        way: 'from its stream',
        read: async (session, url) => new Response((await session.get(url)).body).text(),
      },
      {
        way: 'from its stream, later',
        read: async (session, url) => {
          const { body } = await session.get(url);
          await collect();
          return new Response(body).text();
        },
      },
      {
        way: 'from a clone',
        read: async (session, url) => {
          const copy = (await session.get(url)).clone();
          await collect();
          return copy.text();
        },
      },
    ];

    test.each(readers)('$way', async ({ read }) => {
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

describe('F21: a warning names the body that calls queue behind', () => {
  const large = 'x'.repeat(3 * MiB);

  /** The first such warning about an origin. */
  function warningOf(origin: string): Promise<string> {
    return new Promise((resolve) => {
      const onWarning = (warning: Error & { code?: string }): void => {
        if (warning.code === 'ISOSESSION_UNREAD_BODY' && warning.message.includes(origin))
          resolve(warning.message);
      };
      process.on('warning', onWarning);
      onTestFinished(() => void process.off('warning', onWarning));
    });
  }

  test('of a batch that waits for responses before it reads any', async () => {
    const server = await rawServer(always(answer(large)));
    const session = open({ transport: undiciTransport({ connections: 2 }) });
    const warned = warningOf(server.origin);
    const batch = Array.from({ length: 4 }, () => session.get(`${server.origin}/batch`));
    expect(await warned).toContain(`${server.origin}/batch: read or cancel each body`);
    await expect.poll(() => session.stats()).toMatchObject({ unreadBodies: 2, queued: 2 });
    for (const call of batch) expect(await (await call).bytes()).toHaveLength(large.length);
  });

  test('of a body that comes to be unread while calls wait', async () => {
    const begun = deferred();
    const server = await rawServer(async (peer) => {
      while (await peer.request()) {
        await peer.write(`HTTP/1.1 200 OK\r\ncontent-length: ${large.length}\r\n\r\n`);
        await begun.promise;
        await peer.write(large);
      }
    });
    const session = open({ transport: undiciTransport({ connections: 1 }) });
    const warned = warningOf(server.origin);
    const unread = await session.get(`${server.origin}/unread`);
    const waiting = session.get(`${server.origin}/waiting`).bytes();
    await expect.poll(() => session.stats()).toMatchObject({ unreadBodies: 0, queued: 1 });
    begun.resolve();
    expect(await warned).toContain(`${server.origin}/unread`);
    await unread.body?.cancel();
    expect(await waiting).toHaveLength(large.length);
  });

  test('over HTTP/2, whose streams they hold, and before or after calls wait', async () => {
    const begun = deferred();
    const { origin } = await serveHttp2(
      (stream, { ':path': path }) => {
        stream.respond({ ':status': 200 });
        void (path === '/late' ? begun.promise : Promise.resolve()).then(() => stream.end(large));
      },
      { settings: { maxConcurrentStreams: 1 } },
    );
    for (const path of ['/early', '/late']) {
      const session = openHttp2();
      const warned = warningOf(origin);
      const unread = await session.get(origin + path);
      if (path === '/early') await expect.poll(() => session.stats().unreadBodies).toBe(1);
      const waiting = session.get(`${origin}/waiting`).bytes();
      await expect.poll(() => session.stats()).toMatchObject({ queued: 1 });
      begun.resolve();
      expect(await warned).toContain(`${unread.url}: read or cancel each body`);
      await unread.body?.cancel();
      expect(await waiting).toHaveLength(large.length);
      await session.close();
    }
  });

  test('but not of bodies that are read, however many calls wait', async () => {
    const server = await rawServer(always(answer(large)));
    const session = open({ transport: undiciTransport({ connections: 2 }) });
    let isWarned = false;
    void warningOf(server.origin).then(() => {
      isWarned = true;
    });
    await Promise.all(Array.from({ length: 12 }, () => session.get(server.origin).bytes()));
    // Warnings come a turn of the loop later.
    await new Promise(setImmediate);
    expect(isWarned).toBe(false);
  });
});
