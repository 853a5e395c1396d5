import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidRequestError, NetworkError } from 'isosession';
import { undiciTransport, type UndiciTransportOptions } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open, reasonOf, rejection, thrown } from '../support/contract.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

const toLoopback = ((
  _name: string,
  options: { all?: boolean },
  callback: (...result: unknown[]) => void,
) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
}) as never;

/** A session over the transport with these options, without retries. */
const over = (options: UndiciTransportOptions, retry: number | false = false) =>
  open({ retry, transport: undiciTransport(options) });

describe('options of undiciTransport', () => {
  test('are checked: an unknown one is named with what was meant, a wrong one with what it takes', () => {
    expect(
      thrown(() => undiciTransport({ conections: 1 } as never), InvalidRequestError).message,
    ).toBe('conections is not a undiciTransport option: did you mean connections?');
    expect(
      thrown(() => undiciTransport({ connections: 0 }), InvalidRequestError).message,
    ).toContain('connections must be a whole number above 0');
    expect(
      thrown(() => undiciTransport({ pipelining: 1.5 }), InvalidRequestError).message,
    ).toContain('pipelining must be a whole number above 0');
    expect(
      thrown(() => undiciTransport({ localAddress: 'localhost' }), InvalidRequestError).message,
    ).toContain('localAddress must be an IP address');
    expect(
      thrown(() => undiciTransport({ dispatcher: {} as never }), InvalidRequestError).message,
    ).toContain('dispatcher must be an object with a dispatch() method');
    expect(
      thrown(() => undiciTransport({ http2: 1 as never }), InvalidRequestError).message,
    ).toContain('http2 must be of type boolean');
  });

  test('localAddress is where connections come from', async () => {
    const server = await rawServer(always(answer('ok')));
    await over({ localAddress: '127.0.0.3' }).get(server.origin).text();
    expect(server.peers[0]?.socket.remoteAddress).toBe('127.0.0.3');
  });

  test('socketPath takes the place of the network, whatever the URL says, and is never read from one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
    const path = join(folder, 's');
    const hosts: unknown[] = [];
    const server = createServer((request, response) => {
      hosts.push(request.headers.host);
      response.end('over the socket');
    }).listen(path);
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    });
    const session = over({ socketPath: path });
    expect(await session.get('http://docker.test/version').text()).toBe('over the socket');
    expect(hosts).toEqual(['docker.test']);
    for (const url of [`unix:${path}`, `http+unix://${encodeURIComponent(path)}/`])
      await rejection(open().get(url), InvalidRequestError);
  });

  test('maxHeaderSize bounds the headers of a response', async () => {
    const server = await rawServer(
      always(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\ncontent-length: 2\r\n\r\nok`),
    );
    expect(await reasonOf(over({}).get(server.origin))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { code: 'UND_ERR_HEADERS_OVERFLOW' },
    });
    expect(await over({ maxHeaderSize: 32_768 }).get(server.origin).text()).toBe('ok');
  });

  test('an idle connection is closed after keepAliveTimeout, unless the server says how long, up to keepAliveMaxTimeout', async () => {
    const plain = await rawServer(always(answer('ok')));
    const hinting = await rawServer(
      always(answer('ok', 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=600\r\n')),
    );
    const session = over({ keepAliveTimeout: 20, keepAliveMaxTimeout: 40 });
    for (const server of [plain, hinting]) await session.get(server.origin).text();
    await Promise.all([plain, hinting].map((server) => server.peers[0]?.closed()));
    await expect.poll(() => session.stats().sockets).toBe(0);
  });
});

describe('the pools of many origins', () => {
  test('are bounded: those that nobody uses make room, and their sockets are closed', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = over({ lookup: toLoopback, keepAliveTimeout: 60_000 });
    for (let n = 0; n < 400; n++) await session.get(`http://h${n}.test:${server.port}/`).text();
    expect(session.stats().sockets).toBeLessThanOrEqual(256);
    // The last ones are kept.
    const { length } = server.peers;
    await session.get(`http://h399.test:${server.port}/`).text();
    expect(server.peers).toHaveLength(length);
  });

  test('a pool that is in use is not given up, however many origins come after it', async () => {
    let finish = (): void => {};
    const server = await rawServer(async (peer) => {
      const request = await peer.request();
      if (request?.lines[0]?.includes('first') || request?.head.includes('first.test')) {
        await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha');
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        await peer.write('lf');
      } else {
        await peer.write(answer('ok'));
      }
    });
    const session = over({ lookup: toLoopback, keepAliveTimeout: 60_000 });
    const first = await session.get(`http://first.test:${server.port}/`);
    const reading = first.text();
    for (let n = 0; n < 300; n++) await session.get(`http://h${n}.test:${server.port}/`).text();
    finish();
    expect(await reading).toBe('half');
  });
});

describe('pipelining', () => {
  /**
   * Answers nothing before so many requests have come on a connection, then all of them in order.
   */
  const inBatches = (size: number) =>
    rawServer(async (peer) => {
      for (;;) {
        const targets: string[] = [];
        while (targets.length < size) {
          const request = await peer.request();
          if (!request) return;
          targets.push(request.target);
        }
        await peer.write(targets.map((target) => answer(target)).join(''));
      }
    });

  test('sends on busy connections without waiting, once all are in use, and each call gets its own answer', async () => {
    const server = await inBatches(4);
    const session = over({ connections: 2, pipelining: 4 });
    const calls = Array.from({ length: 16 }, (_, n) => session.get(`${server.origin}/${n}`).text());
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 16 }, (_, n) => `/${n}`));
    expect(server.peers).toHaveLength(2);
    expect(session.stats()).toMatchObject({ sockets: 2, queued: 0, inFlight: 0 });
  });

  test('a call that waits for its turn behind a slow one is not timed out as if it were connecting', async () => {
    const server = createServer((_, response) => void setTimeout(() => response.end('ok'), 400));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const session = open({
      retry: 0,
      timeout: { connect: 200 },
      transport: undiciTransport({ connections: 1, pipelining: 3 }),
    });
    const { port } = server.address() as AddressInfo;
    // A POST lets nothing be sent behind it.
    const calls = [0, 1, 2].map(() => session.post(`http://127.0.0.1:${port}/`).text());
    expect(await Promise.all(calls)).toEqual(['ok', 'ok', 'ok']);
  });

  test('is off by default: a further call waits for a connection', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('first'));
      await peer.request();
      await peer.write(answer('second'));
    });
    const session = over({ connections: 1 });
    expect(
      await Promise.all([session.get(server.origin).text(), session.get(server.origin).text()]),
    ).toEqual(['first', 'second']);
    expect(server.requests).toHaveLength(2);
  });

  test('an abort of one that waits behind another takes nothing from the others', async () => {
    let read = (): void => {};
    let go = (): void => {};
    const all = new Promise<void>((resolve) => {
      read = resolve;
    });
    const aborted = new Promise<void>((resolve) => {
      go = resolve;
    });
    const server = await rawServer(async (peer) => {
      const targets: string[] = [];
      for (let request = await peer.request(); request; request = await peer.request()) {
        if (peer.id > 1) {
          await peer.write(answer(`again ${request.target}`));
          continue;
        }
        targets.push(request.target);
        if (targets.length < 3) continue;
        read();
        await aborted;
        await peer.write(targets.map((target) => answer(target)).join(''));
      }
    });
    const session = over({ connections: 1, pipelining: 3 });
    const abort = new AbortController();
    const calls = [0, 1, 2].map((n) =>
      session.get(`${server.origin}/${n}`, { signal: n === 1 ? abort.signal : null }).text(),
    );
    await all;
    abort.abort('enough');
    expect(await reasonOf(calls[1] as Promise<string>)).toBe('enough');
    go();
    expect(await calls[0]).toBe('/0');
    // The answer that nobody wants ends the connection, and what was behind it is sent again.
    expect(await calls[2]).toBe('again /2');
    expect(session.stats()).toMatchObject({ queued: 0, inFlight: 0 });
  });

  test('when the connection breaks, those that were not answered are sent again, and a POST that was not sent yet is sent once', async () => {
    const server = await rawServer(async (peer) => {
      if (peer.id === 1) {
        await peer.request();
        await peer.request();
        await peer.write(answer('first'));
        peer.rst();
        return;
      }
      for (let request = await peer.request(); request; request = await peer.request())
        await peer.write(answer(`again ${request.target}`));
    });
    const session = over({ connections: 1, pipelining: 4 });
    const calls = ['/a', '/b', '/c'].map((path) => session.get(server.origin + path).text());
    const post = session.post(`${server.origin}/d`, { body: 'once' }).text();
    expect(await Promise.all([...calls, post])).toEqual([
      'first',
      'again /b',
      'again /c',
      'again /d',
    ]);
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(session.stats()).toMatchObject({ queued: 0, inFlight: 0 });
  });

  test('close() lets all of them end, destroy() none', async () => {
    const server = await inBatches(2);
    const session = over({ connections: 1, pipelining: 2 });
    const calls = [0, 1].map((n) => session.get(`${server.origin}/${n}`).text());
    await server.connections(1);
    await session.close();
    expect(await Promise.all(calls)).toEqual(['/0', '/1']);

    const silent = await rawServer(() => {});
    const other = over({ connections: 1, pipelining: 2 });
    const lost = [0, 1].map((n) => reasonOf(other.get(`${silent.origin}/${n}`).text()));
    await silent.connections(1);
    await other.destroy(new NetworkError('gone'));
    expect(await Promise.all(lost)).toEqual([
      expect.objectContaining({ message: 'gone' }),
      expect.objectContaining({ message: 'gone' }),
    ]);
  });
});
