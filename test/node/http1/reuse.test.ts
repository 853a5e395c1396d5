import { NetworkError, SessionClosedError, TimeoutError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { always, answer, idleCloser, rawServer, resetOnUse } from '../../support/raw-server.ts';

describe('F1: a kept connection that the server closes as we reuse it', () => {
  test('is replaced for every idempotent call, without retries or a spent attempt', async () => {
    const server = await rawServer(idleCloser(1));
    const session = open({ retry: 0 });
    let failures = 0;
    for (let call = 0; call < 400; call++) {
      const response = await session.request(server.origin, {
        method: ['GET', 'PUT', 'DELETE', 'OPTIONS'][call % 4] as string,
      });
      if ((await response.text()) !== 'ok' || response.attempts !== 1) failures++;
      // Up to the moment when the server closes, and now and then beyond it.
      const until = performance.now() + (call % 5) * 0.5;
      while (performance.now() < until) await new Promise(setImmediate);
    }
    expect(failures).toBe(0);
    expect(server.peers.length).toBeGreaterThan(1);
  });

  test('a POST is never sent twice: it fails with a NetworkError or was answered', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('ok'));
      // The second request on a connection is read and then cut off.
      if (await peer.request()) peer.rst();
    });
    const session = open({ retry: 0 });
    let n = 0;
    for (let call = 0; call < 20; call++)
      await session
        .post(server.origin, { body: `body ${++n}` })
        .text()
        .catch((error: unknown) => expect(error).toBeInstanceOf(NetworkError));
    const bodies = server.requests.map((request) => request.body);
    expect(new Set(bodies).size).toBe(bodies.length);
    expect(bodies.length).toBe(20);
  });

  test('a replayable body of an idempotent call is sent whole again', async () => {
    const server = await rawServer(resetOnUse(2));
    const session = open({ retry: 0 });
    await session.get(server.origin).text();
    expect(await session.put(server.origin, { body: new Blob(['whole body']) }).text()).toBe('ok');
    expect(server.requests.slice(1).map((request) => request.body)).toEqual([
      'whole body',
      'whole body',
    ]);
    expect(server.requests.at(-1)?.connection).toBe(2);
  });

  test('a one-shot body of an idempotent call is not sent again', async () => {
    const server = await rawServer(resetOnUse(2));
    const session = open({ retry: 0 });
    await session.get(server.origin).text();
    await rejection(session.put(server.origin, { body: ['once'].values() }), NetworkError);
    expect(server.requests.filter((request) => request.method === 'PUT')).toHaveLength(1);
  });

  test('once a byte of the response has come there is no resend', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('ok'));
      if (!(await peer.request())) return;
      await peer.write('HTTP/1.1 2');
      peer.rst();
    });
    const session = open({ retry: 0 });
    await session.get(server.origin).text();
    await rejection(session.get(server.origin), NetworkError);
    expect(server.requests).toHaveLength(2);
  });
});

test('F2: a server that resets every connection at its second use fails no GET', async () => {
  const server = await rawServer(resetOnUse(2));
  const session = open({ retry: 0 });
  for (let call = 0; call < 200; call++) expect(await session.get(server.origin).text()).toBe('ok');
});

test('F3: a server that resets every fresh connection is an error after the attempts', async () => {
  const server = await rawServer(resetOnUse(1));
  await rejection(open({ retry: { delay: () => 0 } }).get(server.origin), NetworkError);
  expect(server.peers.length).toBeLessThanOrEqual(4);
  expect(server.peers.length).toBeGreaterThanOrEqual(3);
});

test('F3: a server that resets everything after its first answer is an error too', async () => {
  let answered = false;
  const server = await rawServer(async (peer) => {
    for (;;) {
      if (!(await peer.request())) return;
      if (answered) return peer.rst();
      answered = true;
      await peer.write(answer('ok'));
    }
  });
  const session = open({ retry: 0 });
  expect(await session.get(server.origin).text()).toBe('ok');
  await rejection(session.get(server.origin), NetworkError);
  expect(server.requests.length).toBeLessThanOrEqual(5);
});

describe('connections', () => {
  test('calls one after another share one', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = open();
    for (let call = 0; call < 10; call++) await session.get(server.origin).text();
    expect(server.peers).toHaveLength(1);
    expect(session.stats()).toMatchObject({ sockets: 1, queued: 0, inFlight: 0 });
  });

  test('the limit of connections holds; the rest wait in order, without a timeout', async () => {
    const waiting: (() => void)[] = [];
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        if (peer.id <= 2 && server.requests.length <= 2)
          await new Promise<void>((resolve) => waiting.push(resolve));
        await peer.write(answer(request.target));
      }
    });
    const silent = await rawServer(() => {});
    const session = open({
      transport: undiciTransport({ connections: 2 }),
      timeout: { response: 100 },
      retry: 0,
    });
    const order: string[] = [];
    const calls = Array.from({ length: 8 }, async (_, n) => {
      order.push(
        await session
          .get(`${server.origin}/${n}`, n < 2 ? { timeout: { response: false } } : {})
          .text(),
      );
    });
    // Longer than the queued calls may wait for their headers.
    await rejection(
      open({ timeout: { response: 300 }, retry: 0 }).get(silent.origin),
      TimeoutError,
    );
    expect(session.stats()).toMatchObject({ sockets: 2, queued: 6, inFlight: 8 });
    for (const release of waiting) release();
    await Promise.all(calls);
    expect(server.peers).toHaveLength(2);
    expect(server.requests.map((request) => request.target)).toEqual(
      Array.from({ length: 8 }, (_, n) => `/${n}`),
    );
    expect(order).toHaveLength(8);
  });

  test('one that the server said it will close is not used again', async () => {
    const server = await rawServer(
      always(answer('ok', 'HTTP/1.1 200 OK\r\nconnection: close\r\n')),
    );
    const session = open({ retry: 0 });
    for (let call = 0; call < 3; call++)
      expect(await session.post(server.origin, { body: 'x' }).text()).toBe('ok');
    expect(server.peers).toHaveLength(3);
    expect(server.requests.map((request) => request.connection)).toEqual([1, 2, 3]);
  });

  test('two sessions share none', async () => {
    const server = await rawServer(always(answer('ok')));
    await open().get(server.origin).text();
    await open().get(server.origin).text();
    expect(server.peers).toHaveLength(2);
  });

  test('close frees them', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = open();
    await session.get(server.origin).text();
    await session.close();
    await server.peers[0]?.closed();
    expect(session.stats().sockets).toBe(0);
  });

  test('close frees those of a child too: it waits for what is read alone', async () => {
    const server = await rawServer(async (peer) => {
      const { target } = (await peer.request()) ?? {};
      await peer.write(answer('x').replace('length: 1', 'length: 2'));
      if (target === '/read') await until(() => session.closed).then(() => peer.write('y'));
    });
    const session = open();
    const child = session.extend();
    const unread = await child.get(server.origin);
    const read = (await child.get(`${server.origin}/read`)).text();
    await session.close();
    expect(await read).toBe('xy');
    await rejection(unread.text(), SessionClosedError);
    expect(session.stats()).toMatchObject({ sockets: 0, unreadBodies: 0 });
  });
});

/** Turns the loop until it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
