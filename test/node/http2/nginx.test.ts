import { undiciTransport } from 'isosession/node';
import { expect, onTestFinished, test } from 'vitest';
import { makeAuthority } from '../../support/authority.ts';
import { open } from '../../support/contract.ts';
import { describeWith } from '../../support/describe-with.ts';
import { relay } from '../../support/http-proxy.ts';
import { rawServer } from '../../support/raw-server.ts';
import { type NginxAbout, startNginx } from '../../support/real-origins.ts';
import { startSocks, startSquid } from '../../support/real-proxies.ts';
import { tlsServer } from '../../support/tls-server.ts';

const authority = makeAuthority();

const session = (options: Parameters<typeof open>[0] = {}) =>
  open({
    transport: undiciTransport({ http2: true }),
    tls: { ca: authority.ca },
    retry: 0,
    trustEnv: false,
    ...options,
  });

describeWith(['nginx', 'squid', 'microsocks'], 'HTTP/2 on nginx', () => {
  test('a hundred calls are one connection, directly, through squid and microsocks', async () => {
    const nginx = await startNginx({ identity: authority.good, http2: true });
    const [squid, socks] = [await startSquid(), await startSocks()];
    onTestFinished(
      async () => void (await Promise.all([nginx, squid, socks].map((server) => server.close()))),
    );
    for (const proxy of [false, squid.url, socks.url.replace('socks5:', 'socks5h:')] as const) {
      const api = session({ proxy });
      const all = await Promise.all(
        Array.from({ length: 100 }, () =>
          api.get(`https://localhost:${nginx.port}/about`).json<NginxAbout>(),
        ),
      );
      expect(new Set(all.map(({ protocol, connection }) => `${protocol} ${connection}`)).size).toBe(
        1,
      );
      expect(all[0]).toMatchObject({ protocol: 'HTTP/2.0', serverName: 'localhost' });
      expect(api.stats()).toMatchObject({ sockets: 1, queued: 0, inFlight: 0 });
    }
  });

  test('gzip, ranges and a client certificate are as they are in HTTP/1.1', async () => {
    const text = 'text '.repeat(10_000);
    const nginx = await startNginx({
      identity: authority.good,
      http2: true,
      clientCa: authority.ca,
      files: { 'a.txt': text },
    });
    onTestFinished(() => nginx.close());
    const api = session({ tls: { ca: authority.ca, ...authority.clientA } });
    expect(await api.get(`https://localhost:${nginx.port}/about`).json<NginxAbout>()).toMatchObject(
      { protocol: 'HTTP/2.0', client: expect.stringContaining('client A') as unknown },
    );
    expect(await api.get(`https://localhost:${nginx.port}/a.txt`).text()).toBe(text);
    const part = await api.get(`https://localhost:${nginx.port}/a.txt`, {
      headers: { range: 'bytes=5-8', 'accept-encoding': 'identity' },
    });
    expect([part.status, await part.text()]).toEqual([206, 'text']);
  });
});

test('without http2 only HTTP/1.1 is offered; other settings are other connections', async () => {
  const server = await tlsServer(authority.good, {
    h2: true,
    requestCert: true,
    rejectUnauthorized: false,
    ca: authority.ca,
  });
  const url = `https://localhost:${server.port}/`;
  expect(await session({ transport: undiciTransport() }).get(url).json()).toMatchObject({
    alpn: 'http/1.1',
  });
  const api = session();
  for (const tls of [
    { ca: authority.ca, ...authority.clientA },
    { ca: authority.ca, ...authority.clientB },
    { ca: authority.ca, ...authority.clientA },
  ])
    await api.get(url, { tls }).json();
  expect(
    server.requests.slice(1).map(({ client, alpn, connection }) => [client, alpn, connection]),
  ).toEqual([
    ['client A', 'h2', 2],
    ['client B', 'h2', 3],
    ['client A', 'h2', 2],
  ]);
});

test('a tunnel whose server speaks HTTP/1.1 alone is used so, and opened once', async () => {
  const [proxy, target] = [await rawServer(relay()), await tlsServer(authority.good)];
  const api = session({ proxy: `http://127.0.0.1:${proxy.port}` });
  for (let n = 0; n < 3; n++)
    expect(await api.get(`https://localhost:${target.port}/`).json()).toMatchObject({
      connection: 1,
      alpn: 'http/1.1',
    });
  expect(proxy.requests).toHaveLength(1);
});
