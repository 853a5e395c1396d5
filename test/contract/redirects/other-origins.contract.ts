import { basic, bearer, InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  browserTest,
  inBrowser,
  inNode,
  inProcess,
  open,
  sent,
  sites,
  wireTest,
} from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';
import { lastRequest } from './last-request.ts';

describe('what another origin gets', () => {
  wireTest.each([301, 302, 303, 307, 308])(
    'no authorization in any letter case, at %i',
    async (status) => {
      const { a, b, c } = sites();
      for (const other of [b, c]) {
        const session = open();
        for (const name of ['Authorization', 'AUTHORIZATION', 'authorization']) {
          await session.post(a.url('redirect', { to: other.url('echo'), status }), {
            headers: { [name]: 'Bearer canary' },
            json: {},
          });
        }
        for (const auth of [basic('user', 'pass'), bearer('canary')])
          await session.get(a.url('redirect', { to: other.url('echo'), status }), { auth });
        for (const entry of await other.requests())
          expect(sent(entry, 'authorization')).toBeUndefined();
        expect(await other.requests()).toHaveLength(5);
      }
      for (const entry of await a.requests()) expect(sent(entry, 'authorization')).toBeDefined();
    },
  );

  wireTest('no custom header of the call or the session, and harmless ones', async () => {
    const { a, b } = sites();
    const secrets = [
      'x-api-key',
      'x-csrf-token',
      'api-key',
      'token',
      'x-auth-token',
      'x-xsrf-token',
      'x-amz-security-token',
      'proxy-authorisation',
      'x-forwarded-for',
      'referer',
      'origin',
      'x-request-id',
    ];
    const harmless = {
      accept: 'a/b',
      'accept-language': 'de',
      'user-agent': 'mine/1',
      range: 'bytes=0-9',
      'cache-control': 'no-cache',
      pragma: 'no-cache',
      'if-none-match': '"x"',
      'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT',
      dnt: '1',
      'sec-ch-ua': 'x',
      'sec-fetch-site': 'none',
      'upgrade-insecure-requests': '1',
    };
    const session = open({ headers: { 'x-session-secret': 'canary', accept: 'session/type' } });
    await session.get(a.url('redirect', { to: b.url('echo') }), {
      headers: { ...Object.fromEntries(secrets.map((name) => [name, 'canary'])), ...harmless },
    });
    const entry = await b.request();
    expect(JSON.stringify(entry.headers)).not.toContain('canary');
    // At the edge some of these are the runtime's own.
    for (const [name, value] of Object.entries(harmless))
      if (inNode || !name.startsWith('sec-')) expect(sent(entry, name), name).toBe(value);
  });

  wireTest('content-* of a body that is sent again', async () => {
    const { a, b } = sites();
    await open().put(a.url('redirect', { to: b.url('echo'), status: 307 }), {
      body: 'kept',
      headers: { 'content-type': 'text/x', 'content-language': 'de', 'x-secret': 'canary' },
    });
    const entry = await b.request();
    expect([
      entry.body,
      sent(entry, 'content-type'),
      sent(entry, 'content-language'),
      sent(entry, 'x-secret'),
    ]).toEqual(['kept', 'text/x', 'de', undefined]);
  });

  wireTest('keepHeaders names what may follow', async () => {
    const { a, b } = sites();
    const session = open({
      keepHeaders: ['X-Trace'],
      headers: { 'x-trace': '1', 'x-other': 'canary' },
    });
    await session.get(a.url('redirect', { to: b.url('echo') }));
    await session.get(a.url('redirect', { to: b.url('echo') }), {
      keepHeaders: ['authorization'],
      auth: bearer('kept'),
    });
    const [first, second] = (await b.requests()) as [JournalEntry, JournalEntry];
    expect([sent(first, 'x-trace'), sent(first, 'x-other')]).toEqual(['1', undefined]);
    expect([sent(second, 'x-trace'), sent(second, 'authorization')]).toEqual([
      undefined,
      'Bearer kept',
    ]);
  });

  wireTest('what was dropped stays dropped when the chain comes back', async () => {
    const { a, b } = sites();
    const session = open({
      baseUrl: a.base,
      auth: bearer('canary'),
      headers: { 'x-api-key': 'canary' },
    });
    await session.get(a.url('redirect', { to: b.url('redirect', { to: a.url('echo') }) }), {
      headers: { 'x-call': 'canary' },
      cookies: { c: 'canary' },
    });
    expect(JSON.stringify((await lastRequest(a)).headers)).not.toContain('canary');
    expect((await lastRequest(a)).route).toBe('echo');
  });

  wireTest(
    "a cookie header of the call is dropped, the jar's cookies are those of each hop",
    async () => {
      const { a, c } = sites();
      const session = open();
      await session.get(c.url('cookies/set', { line: 'theirs=1; Path=/' }));
      await session.get(a.url('redirect', { to: c.url('echo') }), {
        headers: { cookie: 'm=canary' },
      });
      expect(sent(await lastRequest(c), 'cookie')).toBe('theirs=1');
    },
  );

  wireTest('between origins of the session everything goes along', async () => {
    const { a, b } = sites();
    const session = open({
      baseUrl: a.base,
      origins: [b.origin],
      auth: bearer('s3ssion'),
      headers: { 'x-api-key': 'k3y' },
    });
    await session.get('redirect', { searchParams: { to: b.url('echo') } });
    const entry = await b.request();
    expect([sent(entry, 'authorization'), sent(entry, 'x-api-key')]).toEqual([
      'Bearer s3ssion',
      'k3y',
    ]);
  });

  wireTest(
    "userinfo in a Location is dropped, and that of the call's URL does not follow",
    async () => {
      const { a, b } = sites();
      const there = b.url('echo').replace('://', '://evil:canary@');
      const response = await open().get(
        a.url('redirect', { to: there }).replace('://', '://user:canary@'),
      );
      const entry = await b.request();
      expect(JSON.stringify(entry.headers) + response.url + response.request.url).not.toContain(
        'canary',
      );
      expect(
        response.history.map(
          (hop) => new URL(hop.url).password + new URL(hop.request.url).password,
        ),
      ).toEqual(['']);
      expect(sent(entry, 'authorization')).toBeUndefined();
      const same = await open().get(
        a.url('redirect', { to: a.url('echo').replace('://', '://evil:canary@') }),
      );
      expect(sent(await same.json<JournalEntry>(), 'authorization')).toBeUndefined();
    },
  );

  wireTest("a caller's proxy-authorization never reaches another origin", async () => {
    const { a, b } = sites();
    await open({ retry: 0 })
      .get(a.url('redirect', { to: b.url('echo') }), {
        headers: { 'Proxy-Authorization': 'Basic canary' },
      })
      .catch((error: unknown) => expect(error).toBeInstanceOf(InvalidRequestError));
    expect(JSON.stringify(await b.requests())).not.toContain('canary');
  });

  // In this process, for names and schemes that a loopback server does not have; a transport that
  // is not managed has our redirects on every platform.
  const secrets = ['authorization', 'x-api-key', 'cookie'];
  async function followed(from: string, to: string): Promise<(string | null)[]> {
    const transport = inProcess((request) =>
      request.url.href === from
        ? new Response(null, { status: 307, headers: { location: to } })
        : new Response('end'),
    );
    const headers = Object.fromEntries(
      secrets.filter((name) => !inBrowser || name !== 'cookie').map((name) => [name, 'canary']),
    );
    await open({ transport }).get(from, { headers });
    expect(transport.seen.map((request) => request.url.href)).toEqual([from, to]);
    return Object.keys(headers).map((name) => transport.seen[1]?.headers.get(name) ?? null);
  }

  test.each([
    ['https://one.test/', 'http://one.test/'],
    ['http://one.test/', 'https://one.test:8443/'],
    ['http://one.test:8080/', 'https://one.test/'],
    ['http://one.test/', 'http://one.test:81/'],
    ['http://one.test/', 'http://sub.one.test/'],
    ['http://sub.one.test/', 'http://one.test/'],
    ['http://one.test/', 'http://notone.test/'],
    ['http://one.test/', 'http://one.test./'],
    ['http://one.test/', 'https://two.test/'],
    ['https://one.test/', 'https://one.test.evil.test/'],
    ['http://127.0.0.1/', 'http://localhost/'],
    ['http://[::1]/', 'http://127.0.0.1/'],
  ])('from %s to %s nothing secret goes along', async (from, to) => {
    for (const value of await followed(from, to)) expect(value).toBeNull();
  });

  test.each([
    ['http://one.test/', 'https://one.test/x'],
    ['http://one.test/', 'http://one.test/x'],
    ['https://one.test/', 'https://one.test/x'],
  ])('from %s to %s everything does', async (from, to) => {
    for (const value of await followed(from, to)) expect(value).toBe('canary');
  });

  test('the same origin keeps everything', async () => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      auth: bearer('s3ssion'),
      headers: { 'x-api-key': 'k3y' },
    });
    await session.get('redirect?to=echo', { headers: { 'x-call': '1' } });
    const entry = await lastRequest(a);
    expect([sent(entry, 'authorization'), sent(entry, 'x-api-key'), sent(entry, 'x-call')]).toEqual(
      ['Bearer s3ssion', 'k3y', '1'],
    );
  });

  browserTest('authorization does not follow in a browser either', async () => {
    const { a, b } = sites();
    await open({ baseUrl: a.base, auth: bearer('canary') }).get('redirect', {
      searchParams: { to: b.url('echo') },
    });
    expect(sent(await b.request(), 'authorization')).toBeUndefined();
  });
});
