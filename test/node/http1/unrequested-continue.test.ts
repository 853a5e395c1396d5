import { NetworkError, type Session, type SessionOptions } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { authority, identities } from '../../support/certificates.ts';
import { open, rejection } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { always, answer, headLines, type RawServer, rawServer } from '../../support/raw-server.ts';
import { socksProxy } from '../../support/socks-proxy.ts';

const continues = 'HTTP/1.1 100 Continue\r\n\r\n';
const withField = 'HTTP/1.1 100 Go on\r\nx-a: 1\r\n\r\n';
const processing = 'HTTP/1.1 102 Processing\r\n\r\n';
const early = `${headLines('103 Early Hints', 'link: </x>')}\r\n`;
/** What could be taken for another interim response. */
const body = `${continues}a body`;
const final = answer(body);

/** Answers in pieces, each of which is read by itself. */
const inPieces = (...pieces: string[]): Promise<RawServer> =>
  rawServer(async (peer) => {
    while (await peer.request())
      for (const piece of pieces) {
        await peer.write(piece);
        for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      }
  });

const openSession = (options: SessionOptions = {}): Session =>
  open({ retry: 0, trustEnv: false, tls: { ca: authority }, timeout: { total: 5000 }, ...options });

/** Calls by POST, on a fresh connection and on a reused one. */
async function expectBodies(session: Session, url: string): Promise<void> {
  for (let call = 0; call < 3; call++) {
    const response = await session.post(url, { body: 'x' });
    expect([response.status, await response.text()]).toEqual([200, body]);
  }
}

describe('F7: a 100 that nobody has asked for is passed over', () => {
  test.each([
    { name: 'one', interim: [continues] },
    { name: 'one with a field', interim: [withField] },
    { name: 'three', interim: [continues, continues, continues] },
    { name: 'before and behind others', interim: [continues, processing, early, continues] },
    { name: 'behind an empty line', interim: ['\r\n', continues] },
  ])('$name, with the final response or before it', async ({ interim }) => {
    for (const pieces of [
      [...interim, final],
      [interim.join(''), final],
      [interim.join('') + final],
    ]) {
      const server = await inPieces(...pieces);
      await expectBodies(openSession(), server.origin);
      expect(server.peers).toHaveLength(1);
      expect(server.requests).toHaveLength(3);
    }
  });

  test('split at any byte', async () => {
    const response = withField + early + continues + final;
    for (let at = 1; at < response.length; at++) {
      const server = await inPieces(response.slice(0, at), response.slice(at));
      await expectBodies(openSession(), server.origin);
      expect(server.peers).toHaveLength(1);
      await server.close();
    }
  });

  test('byte by byte', async () => {
    const server = await inPieces(...(withField + early + final));
    await expectBodies(openSession(), server.origin);
  });

  test.each(['GET', 'HEAD'])('before a %s without a body', async (method) => {
    const head = headLines('200 OK', 'content-length: 0');
    const server = await inPieces(`${continues}${head}\r\n`);
    for (let call = 0; call < 3; call++)
      expect((await openSession().request(server.origin, { method })).status).toBe(200);
  });

  test('over TLS, with and without HTTP/2 offered', async () => {
    const server = await rawServer(always(continues + final), identities.good);
    await expectBodies(openSession(), server.origin);
    await expectBodies(openSession({ transport: undiciTransport({ http2: true }) }), server.origin);
  });

  test('through proxies', async () => {
    const [plain, secure] = [
      await rawServer(always(continues + final)),
      await rawServer(always(continues + final), identities.good),
    ];
    const [relaying, socks] = [await rawServer(relay()), await socksProxy()];
    for (const proxy of [`http://127.0.0.1:${relaying.port}`, `socks5://127.0.0.1:${socks.port}`])
      for (const { origin } of [plain, secure]) await expectBodies(openSession({ proxy }), origin);
  });

  test('behind a pipelined call, to one that was not sent yet', async () => {
    const server = await rawServer(async (peer) => {
      for (let request; (request = await peer.request());)
        await peer.write(request.method === 'POST' ? continues + final : final);
    });
    const session = openSession({ transport: undiciTransport({ connections: 1, pipelining: 3 }) });
    const calls = [session.get(server.origin), session.post(server.origin, { body: 'x' })];
    for (const response of await Promise.all(calls)) expect(await response.text()).toBe(body);
    expect(server.peers).toHaveLength(1);
    expect(server.requests).toHaveLength(2);
  });

  test('behind a pipelined response it costs the connection, and no call', async () => {
    const server = await rawServer(async (peer) => {
      if (peer.id > 1) return always(continues + final)(peer);
      await peer.request();
      await peer.request();
      return peer.write(final + continues + final);
    });
    const session = openSession({ transport: undiciTransport({ connections: 1, pipelining: 3 }) });
    const calls = [session.get(server.origin), session.get(server.origin)];
    for (const response of await Promise.all(calls)) expect(await response.text()).toBe(body);
  });

  test('bytes of a body that look like one stay what they are', async () => {
    const chunks = Array.from({ length: 50 }, () => continues);
    const length = continues.length * chunks.length;
    const server = await inPieces(
      `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`,
      ...chunks,
    );
    const session = openSession();
    for (let call = 0; call < 3; call++)
      expect(await session.get(server.origin).text()).toBe(chunks.join(''));
  });

  test('more than a hundred of them are an error', async () => {
    const server = await inPieces(continues.repeat(101) + final);
    await rejection(openSession().get(server.origin), NetworkError);
  });
});
