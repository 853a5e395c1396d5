import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { identities } from '../../support/certificates.ts';
import { openHttp2, reply, serveHttp2 } from '../../support/http2.ts';

describe('HTTP/2', () => {
  test('100 calls at once open one connection, and later ones use it too', async () => {
    const { origin, connections } = await serveHttp2((stream, headers) =>
      reply(stream, `${headers[':method']} ${headers[':path']}`),
    );
    const session = openHttp2();
    const texts = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => session.get(`${origin}/${i}?a=b`).text()),
    );
    expect(texts).toEqual(Array.from({ length: 100 }, (_, i) => `GET /${i}?a=b`));
    await session.get(`${origin}/`);
    expect([connections(), session.stats()]).toEqual([
      1,
      expect.objectContaining({ sockets: 1, queued: 0, unreadBodies: 0 }),
    ]);
  });

  test('a server of HTTP/1.1 alone is spoken to so, over the connection that is open', async () => {
    const versions: string[] = [];
    let connections = 0;
    const server = createServer({ ...identities.good }, (request, response) => {
      versions.push(request.httpVersion);
      response.end(request.url);
    }).on('secureConnection', () => void connections++);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const session = openHttp2();
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    expect(await session.get(`${origin}/1`).text()).toBe('/1');
    expect(await session.get(`${origin}/2`).text()).toBe('/2');
    expect([versions, connections, session.stats().sockets]).toEqual([['1.1', '1.1'], 1, 1]);
    const texts = await Promise.all(
      ['/3', '/4', '/5'].map((path) => session.get(origin + path).text()),
    );
    expect([texts, connections]).toEqual([['/3', '/4', '/5'], 3]);
    await session.close();
    expect(session.stats().sockets).toBe(0);
  });

  test('a request has its headers as HTTP/2 has them, a response its own', async () => {
    let seen: object = {};
    const { origin } = await serveHttp2((stream, headers) => {
      seen = { ...headers };
      stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'x-latin': 'caf\xe9' });
      stream.end('ok');
    });
    const session = openHttp2();
    const response = await session.get(`${origin}/`, {
      headers: {
        host: 'other.test',
        connection: 'keep-alive',
        'keep-alive': 'x',
        'proxy-connection': 'x',
        upgrade: 'x',
        te: 'gzip',
        'x-a': '1',
        cookie: 'c=3; d=4',
      },
    });
    expect(seen).toMatchObject({
      ':authority': 'other.test',
      ':method': 'GET',
      ':scheme': 'https',
      ':path': '/',
      'x-a': '1',
      cookie: 'c=3; d=4',
    });
    for (const name of [
      'host',
      'connection',
      'keep-alive',
      'proxy-connection',
      'upgrade',
      'te',
      'content-length',
    ])
      expect(seen).not.toHaveProperty(name);
    expect([...response.headers.keys()]).toEqual(['date', 'set-cookie', 'set-cookie', 'x-latin']);
    expect([response.status, response.statusText, response.headers.get('x-latin')]).toEqual([
      200,
      '',
      'caf\xe9',
    ]);
  });

  test('cookies and redirects work as they do in HTTP/1.1', async () => {
    const cookies: (string | undefined)[] = [];
    const { origin, connections } = await serveHttp2((stream, headers) => {
      cookies.push(headers.cookie);
      if (headers[':path'] === '/from')
        reply(stream, 'gone', { ':status': 302, location: '/to', 'set-cookie': 'hop=1' });
      else reply(stream, 'there');
    });
    const response = await openHttp2().get(`${origin}/from`);
    expect([await response.text(), response.url, cookies, connections()]).toEqual([
      'there',
      `${origin}/to`,
      [undefined, 'hop=1'],
      1,
    ]);
  });

  test.each(['gzip', 'x-gzip'])('a body in %s is decoded', async (coding) => {
    const text = 'text '.repeat(100_000);
    const { origin } = await serveHttp2((stream) =>
      reply(stream, gzipSync(text), { 'content-encoding': coding }),
    );
    expect(await openHttp2().get(origin).text()).toBe(text);
  });

  test('responses without a body, and interim ones before', async () => {
    const { origin } = await serveHttp2((stream, headers) => {
      if (headers[':method'] === 'HEAD') {
        stream.respond({ ':status': 200, 'content-length': 5 }, { endStream: true });
        return;
      }
      stream.additionalHeaders({ ':status': 103, link: '</a>' });
      stream.respond({ ':status': Number(headers[':path']?.slice(1)) }, { endStream: true });
    });
    const session = openHttp2();
    expect((await session.head(`${origin}/`)).headers.get('content-length')).toBe('5');
    const [none, empty] = [await session.get(`${origin}/204`), await session.get(`${origin}/200`)];
    expect([none.status, await none.text(), empty.status, await empty.text()]).toEqual([
      204,
      '',
      200,
      '',
    ]);
  });
});
