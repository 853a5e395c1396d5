/** What fetch-cookie does, whose place a session takes: side by side. */
import makeFetchCookie from 'fetch-cookie';
import { CookieJar } from 'tough-cookie';
import { Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import { echo, failure, type Reply, type Seen, show, type Stage } from '../support/side-by-side.ts';

interface Lab extends Stage {
  fetch: typeof globalThis.fetch;
}

const set =
  (line: string | string[], status = 200, location?: string): Reply =>
  (_: Seen, response) => {
    response.setHeader('set-cookie', line);
    if (location) response.setHeader('location', location);
    response.writeHead(status).end();
  };
const cookies = (seen: Seen[]) => seen.map(({ headers }) => headers['cookie'] ?? 'none');

const behaviours: Record<string, (lab: Lab) => unknown> = {
  'takes a Request alone': async ({ fetch, serve }) =>
    (await fetch(new Request((await serve('ok')).url))).status,
  'sends no empty cookie header': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await fetch(new Request(url));
    return 'cookie' in (seen[0]?.headers ?? {});
  },
  'keeps a cookie and sends it': async ({ fetch, serve }) => {
    const { url, seen } = await serve(set('foo=bar'), 'ok');
    await fetch(url);
    await fetch(url);
    return cookies(seen);
  },
  'keeps several cookies, dates with commas too': async ({ fetch, serve }) => {
    const lines = ['foo=bar; Expires=Wed, 09 Jun 2100 10:18:14 GMT', 'tuna=can'];
    const { url, seen } = await serve(set(lines), 'ok');
    await fetch(url);
    await fetch(url);
    return cookies(seen);
  },
  'forgets one that is over': async ({ fetch, serve }) => {
    const gone = set('foo=; Expires=Sat, 01 Jan 2000 00:00:00 GMT');
    const { url, seen } = await serve(set('foo=bar'), gone, 'ok');
    for (let count = 0; count < 3; count++) await fetch(url);
    return cookies(seen);
  },
  'ignores one of another domain': async ({ fetch, serve }) => {
    const { url, seen } = await serve(set('a=b; Domain=www.example.com; Secure'), 'ok');
    await fetch(url);
    await fetch(url);
    return cookies(seen);
  },
  'keeps one of a redirect, and sends it on': async ({ fetch, serve }) => {
    const { url, seen } = await serve(set('foo=bar', 302, '/there'), echo);
    const response = await fetch(url);
    return [response.redirected, cookies(seen)];
  },
  'does not send it to another host': async ({ fetch, serve }) => {
    const other = await serve('ok');
    const location = other.url.replace('127.0.0.1', 'localhost');
    const { url } = await serve(set('foo=bar', 302, location));
    await fetch(url);
    return [cookies(other.seen), other.seen[0]?.headers['host'] === new URL(location).host];
  },
  'names the other host, whatever host the caller named': async ({ fetch, serve }) => {
    const other = await serve('ok');
    const location = other.url.replace('127.0.0.1', 'localhost');
    const { url } = await serve(set('foo=bar', 302, location));
    await fetch(url, { headers: { host: new URL(url).host } });
    return other.seen[0]?.headers['host'] === new URL(location).host;
  },
  'takes headers as pairs': async ({ fetch, serve }) => {
    const { url, seen } = await serve(set('foo=bar'), 'ok');
    await fetch(url);
    await fetch(url, { headers: [['x-foo', 'bar']] });
    return [cookies(seen), seen[1]?.headers['x-foo']];
  },
  'shows no redirect where it is an error': async ({ fetch, serve }) => {
    const { url } = await serve(set('foo=bar', 302, '/there'));
    return (await failure(() => fetch(url, { redirect: 'error' }))) instanceof TypeError;
  },
};

describe('session.fetch is what fetch-cookie is', () => {
  test.each(Object.entries(behaviours))('it %s', async (_, behaviour) => {
    await using session = new Session({ retry: 0 });
    const [theirs, ours] = [
      await show(behaviour, { fetch: makeFetchCookie(fetch) as typeof fetch }, String),
      await show(behaviour, { fetch: session.fetch }, String),
    ];
    expect(theirs).toMatchObject({ gives: expect.anything() });
    expect(ours).toEqual(theirs);
  });

  test('two sessions share no cookies, and a jar of tough-cookie is filled', async () => {
    await show(
      async ({ serve }) => {
        const { url } = await serve(set('foo=bar'));
        const jar = new CookieJar();
        await using session = new Session({ cookies: jar as never });
        await using other = new Session();
        await session.fetch(url);
        expect(await jar.getCookieString(url)).toBe('foo=bar');
        expect(other.stats().cookies).toBe(0);
      },
      {},
      (error) => {
        throw error;
      },
    );
  });
});
