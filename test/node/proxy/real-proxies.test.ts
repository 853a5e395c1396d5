import { beforeAll, expect, test } from 'vitest';
import { reasonOf } from '../../support/contract.ts';
import { describeWith } from '../../support/describe-with.ts';
import { type NginxAbout, startNginx } from '../../support/real-origins.ts';
import { type Proxy, startSocks, startSquid, startTinyproxy } from '../../support/real-proxies.ts';
import { authority, login, openThrough, proxyUrl, userinfo } from './proxied-session.ts';

describeWith(['squid', 'tinyproxy', 'microsocks', 'nginx'], 'on real proxies', () => {
  let squid: Proxy;
  let guarded: Proxy;
  let secure: Proxy;
  let tiny: Proxy;
  let socks: Proxy;
  let lockedSocks: Proxy;
  let nginx: { origin: string; port: number };
  let plain: { origin: string; port: number };
  beforeAll(async () => {
    const all = await Promise.all([
      startSquid(),
      startSquid({ auth: login }),
      startSquid({ identity: authority.good }),
      startTinyproxy(),
      startSocks(),
      startSocks({ auth: { username: 'ann', password: 'plain' } }),
      startNginx({ identity: authority.good }),
      startNginx(),
    ]);
    [squid, guarded, secure, tiny, socks, lockedSocks, nginx, plain] = all;
    return () => Promise.all(all.map((server) => server.close()));
  });

  test('http: and https: URLs go through squid, tinyproxy and microsocks', async () => {
    const proxies = [
      squid.url,
      proxyUrl(guarded, userinfo),
      proxyUrl(secure, '', 'https'),
      tiny.url,
      socks.url,
      proxyUrl(socks, '', 'socks5h'),
      proxyUrl(lockedSocks, 'ann:plain', 'socks5h'),
    ];
    for (const proxy of proxies) {
      const session = openThrough(proxy);
      for (const origin of [`https://localhost:${nginx.port}`, `http://localhost:${plain.port}`]) {
        const [first, second] = [
          await session.get(`${origin}/about`).json<NginxAbout>(),
          await session.get(`${origin}/about`).json<NginxAbout>(),
        ];
        expect(first).toMatchObject({
          protocol: expect.stringMatching(/^HTTP\/1\.[01]$/) as unknown,
          requests: 1,
          serverName: origin.startsWith('https') ? 'localhost' : '',
        });
        // A tunnel is reused; what a proxy forwards is its own affair.
        if (origin.startsWith('https') || proxy.startsWith('socks'))
          expect(second).toMatchObject({ connection: first.connection, requests: 2 });
      }
      await session.close();
    }
    await expect.poll(() => guarded.log()).toContain('ann');
    await expect.poll(() => squid.log()).toContain(`CONNECT localhost:${nginx.port}`);
    await expect.poll(() => socks.log()).toContain('127.0.0.1');
  });

  test("squid's names are squid's own: what it resolves, nobody here need", async () => {
    expect(
      await openThrough(squid.url).get(`https://good.test:${nginx.port}/about`).json<NginxAbout>(),
    ).toMatchObject({ serverName: 'good.test' });
  });

  test('what real proxies refuse is a ProxyError with their status and challenge', async () => {
    for (const url of [`https://localhost:${nginx.port}/`, `http://localhost:${plain.port}/`]) {
      expect(await reasonOf(openThrough(guarded.url).get(url))).toMatchObject({
        code: 'ERR_PROXY',
        status: 407,
        challenge: expect.stringContaining('Basic realm=') as unknown,
      });
      expect(await reasonOf(openThrough(proxyUrl(guarded, 'ann:wrong')).get(url))).toMatchObject({
        code: 'ERR_PROXY',
        status: 407,
      });
    }
    expect(await reasonOf(openThrough(squid.url).get('https://localhost:1/'))).toMatchObject({
      code: 'ERR_PROXY',
      status: 503,
    });
    expect(await reasonOf(openThrough(tiny.url).get('https://localhost:1/'))).toMatchObject({
      code: 'ERR_PROXY',
      status: 500,
    });
    expect(
      await reasonOf(openThrough(proxyUrl(socks, '', 'socks5h')).get('https://localhost:1/')),
    ).toMatchObject({
      code: 'ERR_PROXY',
      message: expect.stringContaining('Connection refused') as unknown,
    });
    expect(
      await reasonOf(
        openThrough(proxyUrl(lockedSocks, '', 'socks5h')).get(`https://localhost:${nginx.port}/`),
      ),
    ).toMatchObject({ code: 'ERR_PROXY' });
  });
});
