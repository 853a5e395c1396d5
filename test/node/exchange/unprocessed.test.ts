/** Requests that were provably not processed: they are sent again, whatever their method. */
import { createServer } from 'node:net';
import { NetworkError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { alwaysOn, h2Server } from '../../support/h2-raw.ts';
import { openHttp2 } from '../../support/http2.ts';
import { always, answer, headLines, rawServer, resetOnUse } from '../../support/raw-server.ts';

const misdirected = answer('wrong', `${headLines('421 Misdirected Request')}`);
const tooEarly = answer('early', `${headLines('425 Too Early')}`);

describe.each([
  ['421', misdirected, 421],
  ['425', tooEarly, 425],
])('an answer of %s', (_, refusal, status) => {
  test('is asked again on another connection, with the body, and spends nothing', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(server.peers.length === 1 ? refusal : answer('ok'));
      await peer.request();
    });
    const session = open({ retry: 0 });
    const response = await session.post(server.origin, { body: 'x' });
    expect([await response.text(), response.attempts]).toEqual(['ok', 1]);
    expect(server.requests.map(({ method, body }) => [method, body])).toEqual([
      ['POST', 'x'],
      ['POST', 'x'],
    ]);
    expect(server.peers).toHaveLength(2);
  });

  test('is the answer when it comes twice', async () => {
    const server = await rawServer(always(refusal));
    const response = await open({ retry: 0 }).post(server.origin);
    expect([response.status, server.requests.length]).toEqual([status, 2]);
    expect(await response.text()).not.toBe('');
  });

  test('is the answer to a body that is sent once', async () => {
    const server = await rawServer(always(refusal));
    const response = await open().post(server.origin, { body: ['once'].values() });
    expect([response.status, server.requests.length]).toEqual([status, 1]);
  });

  test('is not waited for to its end', async () => {
    let peers = 0;
    const server = await rawServer(async (peer) => {
      await peer.request();
      if (++peers > 1) return peer.write(answer('ok'));
      await peer.write(`${headLines(`${status} No`, 'content-length: 99')}\r\nno`);
    });
    expect(await open({ retry: 0 }).post(server.origin).text()).toBe('ok');
  });
});

test('421 on a stream of HTTP/2 gets another connection, which all others go to then', async () => {
  const server = await h2Server(
    alwaysOn((peer, stream) => {
      if (peer.id > 1) return peer.answer(stream);
      peer.headers(stream, [[':status', '421']], true);
    }),
  );
  const session = openHttp2({ retry: 0 });
  const calls = Array.from({ length: 5 }, () => session.post(server.origin, { body: 'x' }).text());
  expect(await Promise.all(calls)).toEqual(Array(5).fill('ok'));
  expect(server.peers).toHaveLength(2);
});

test('425 on a stream of HTTP/2 is asked again on the same connection', async () => {
  let streams = 0;
  const server = await h2Server(
    alwaysOn((peer, stream) => {
      if (++streams > 1) return peer.answer(stream);
      peer.headers(stream, [[':status', '425']], true);
    }),
  );
  expect(await openHttp2({ retry: 0 }).post(server.origin).text()).toBe('ok');
  expect([streams, server.peers.length]).toEqual([2, 1]);
});

describe('F61: a connection that could not be opened', () => {
  /** A port that nobody listens on. */
  async function closedPort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  test('is a retry for every method, as nothing was sent', async () => {
    const port = await closedPort();
    const attempts: number[] = [];
    const session = open({
      retry: { delay: () => 0 },
      hooks: { beforeRetry: [({ attempt }) => void attempts.push(attempt)] },
    });
    await rejection(session.post(`http://127.0.0.1:${port}/`), NetworkError);
    expect(attempts).toEqual([1, 2]);
  });

  test('is one behind a redirect for repeatable calls alone: a server had looked', async () => {
    const port = await closedPort();
    const server = await rawServer(
      always(answer('', headLines('303 See Other', `location: http://127.0.0.1:${port}/`))),
    );
    const session = open({ retry: { delay: () => 0 } });
    await rejection(session.post(server.origin), NetworkError);
    expect(server.requests).toHaveLength(1);
    await rejection(session.put(server.origin), NetworkError);
    expect(server.requests).toHaveLength(4);
  });

  test('is a retry after the timeout of connecting, too', async () => {
    const lookups: string[] = [];
    const session = open({
      transport: undiciTransport({ lookup: (host) => void lookups.push(host) }),
      timeout: { connect: 5 },
      retry: { limit: 1, delay: () => 0 },
    });
    await rejection(session.post('http://app.test/'), Error);
    expect(lookups).toEqual(['app.test', 'app.test']);
  });
});

test('a POST with an idempotency key survives a kept connection that was closed', async () => {
  const server = await rawServer(resetOnUse(2));
  const session = open({ retry: 0 });
  await session.get(server.origin).text();
  const response = await session.post(server.origin, { body: 'x', idempotencyKey: 'one' });
  expect([await response.text(), response.attempts]).toEqual(['ok', 1]);
  const posts = server.requests.filter(({ method }) => method === 'POST');
  expect(posts.map(({ body }) => body)).toEqual(['x', 'x']);
});
