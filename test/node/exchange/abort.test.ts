import { getEventListeners } from 'node:events';
import { SessionClosedError, type SessionRequest, TimeoutError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open, reasonOf, rejection, sites } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

describe('F20: an abort ends what it should and leaves nothing behind', () => {
  test('before the connection stands', async () => {
    const reason = new Error('stop');
    const stop = new AbortController();
    const session = open({ transport: undiciTransport({ lookup: () => stop.abort(reason) }) });
    expect(await reasonOf(session.get('http://never.test/', { signal: stop.signal }))).toBe(reason);
    expect(session.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  test('as it waits for a connection: the holder goes on, the aborted is never sent', async () => {
    const server = await rawServer(async (peer) => {
      const first = await peer.request();
      await peer.expect((first?.raw.length ?? 0) + 1).then(
        () => {},
        () => {},
      );
    });
    const session = open({ transport: undiciTransport({ connections: 1 }) });
    const stop = new AbortController();
    const first = session.get(`${server.origin}/first`, { signal: stop.signal });
    await server.connections(1);
    const other = new AbortController();
    const second = session.get(`${server.origin}/second`, { signal: other.signal });
    await new Promise(setImmediate);
    expect(session.stats().queued).toBe(1);
    other.abort('second');
    expect(await reasonOf(second)).toBe('second');
    expect(session.stats()).toMatchObject({ queued: 0, inFlight: 1 });
    stop.abort('first');
    expect(await reasonOf(first)).toBe('first');
    expect(server.peers[0]?.received).not.toContain('/second');
  });

  test('while a body is being sent: its source is told', async () => {
    const server = await rawServer((peer) => void peer.socket.pause());
    const stop = new AbortController();
    let ended = false;
    async function* endless() {
      try {
        for (let n = 0; ; n++) {
          if (n === 3) queueMicrotask(() => stop.abort('stop'));
          yield new Uint8Array(65_536);
          await new Promise(setImmediate);
        }
      } finally {
        ended = true;
      }
    }
    expect(
      await reasonOf(
        open({ retry: 0 }).post(server.origin, { body: endless(), signal: stop.signal }),
      ),
    ).toBe('stop');
    while (!ended) await new Promise(setImmediate);
    expect(ended).toBe(true);
  });

  test('a stream that fails rejects the call with its error, and ends the connection', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = open({ retry: 0 });
    const cause = new Error('disk gone');
    async function* failing() {
      yield 'some';
      await Promise.resolve();
      throw cause;
    }
    expect(await reasonOf(session.post(server.origin, { body: failing() }))).toBe(cause);
    expect(await session.get(server.origin).text()).toBe('ok');
    expect(server.requests.at(-1)?.connection).toBe(2);
  });

  test('leaves no listener on a signal that many calls share, and Node warns of none', async () => {
    const { a } = sites();
    const warnings: Error[] = [];
    const listen = (warning: Error) => void warnings.push(warning);
    process.on('warning', listen);
    onTestFinished(() => void process.off('warning', listen));
    const { signal } = new AbortController();
    const session = open({ retry: 0 });
    await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        session
          .get(a.url(['echo', 'status/404', 'reset', 'truncated'][n % 4] as string), { signal })
          .text()
          .catch(() => {}),
      ),
    );
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await new Promise(setImmediate);
    expect(warnings.map(String)).toEqual([]);
  });

  test('ends every call that shares the signal, and nothing else', async () => {
    const server = await rawServer(async (peer) => void (await peer.request()));
    const stop = new AbortController();
    const session = open({ retry: 0 });
    const shared = Array.from({ length: 50 }, () =>
      reasonOf(session.get(server.origin, { signal: stop.signal })),
    );
    const other = new AbortController();
    const apart = reasonOf(session.get(server.origin, { signal: other.signal }));
    await server.connections(51);
    stop.abort('all');
    expect(await Promise.all(shared)).toEqual(Array(50).fill('all'));
    expect(session.stats().inFlight).toBe(1);
    other.abort('the last');
    expect(await apart).toBe('the last');
    expect([
      getEventListeners(stop.signal, 'abort'),
      getEventListeners(other.signal, 'abort'),
    ]).toEqual([[], []]);
  });

  test('leaves no listener when a body is not read', async () => {
    const { a } = sites();
    const { signal } = new AbortController();
    const session = open();
    for (let n = 0; n < 20; n++) await session.get(a.url('echo'), { signal });
    await session.get(a.url('echo'), { signal }).text();
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
  });
});

describe('a middleware that hands on another signal', () => {
  const changes: { signal: string; change: (request: SessionRequest) => SessionRequest }[] = [
    { signal: 'none', change: (request) => ({ ...request, signal: undefined }) },
    {
      signal: 'one of its own',
      change: (request) => ({ ...request, signal: new AbortController().signal }),
    },
    {
      signal: 'one that joins two',
      change: (request) => ({
        ...request,
        signal: AbortSignal.any([request.signal as AbortSignal, new AbortController().signal]),
      }),
    },
  ];
  const halfway = () =>
    rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nstart');
      await peer.request();
    });

  test.each(changes)(
    '($signal) leaves the total deadline and destroy() over the body',
    async ({ change }) => {
      const server = await halfway();
      const session = open({ retry: 0 }).use((request, next) => next(change(request)));
      expect(
        (
          await rejection(
            session.get(server.origin, { timeout: { total: 150 } }).text(),
            TimeoutError,
          )
        ).phase,
      ).toBe('total');
      await server.peers[0]?.closed();
      const text = reasonOf((await session.get(server.origin)).text());
      await session.destroy('over');
      expect(await text).toBe('over');
      expect(session.stats()).toMatchObject({ inFlight: 0, sockets: 0 });
    },
  );

  test.each(changes)(
    '($signal) does not hold close() up, and close() waits for the body that is read',
    async ({ change }) => {
      const { a } = sites();
      const session = open({ retry: 0 }).use((request, next) => next(change(request)));
      expect(await session.get(a.url('reply', { text: 'ok' })).text()).toBe('ok');
      const reading = (await session.get(a.url('bytes', { n: 5_000_000 }))).bytes();
      await session.close();
      expect((await reading).length).toBe(5_000_000);
      const other = open({ retry: 0 }).use((request, next) => next(change(request)));
      const unread = await other.get(a.url('bytes', { n: 5_000_000 }));
      await other.close();
      await rejection(unread.text(), SessionClosedError);
    },
  );

  test('an inner one still sees the abort of the call and of the signal it was given', async () => {
    const server = await halfway();
    const own = new AbortController();
    for (const [signal, abort] of [
      [undefined, 'call'],
      [own.signal, 'call'],
      [own.signal, 'own'],
    ] as const) {
      const stop = new AbortController();
      const seen: unknown[] = [];
      const session = open({ retry: 0 })
        .use((request, next) => next({ ...request, signal }))
        .use((request, next) => {
          request.signal?.addEventListener('abort', () => seen.push(request.signal?.reason));
          return next(request);
        });
      const text = reasonOf((await session.get(server.origin, { signal: stop.signal })).text());
      (abort === 'own' ? own : stop).abort(abort);
      expect(await text).toBe(abort);
      expect(seen).toEqual([abort]);
    }
  });

  test('its own signal ends the call and the body', async () => {
    const server = await halfway();
    const own = new AbortController();
    const session = open({ retry: 0 }).use((request, next) =>
      next({ ...request, signal: own.signal }),
    );
    const text = reasonOf((await session.get(server.origin)).text());
    own.abort('own');
    expect(await text).toBe('own');
    expect(await reasonOf(session.get(server.origin))).toBe('own');
    expect(getEventListeners(own.signal, 'abort')).toHaveLength(0);
  });
});
