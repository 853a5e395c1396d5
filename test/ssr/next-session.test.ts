import { InvalidRequestError, type Session } from 'isosession';
import { type NextCookieStoreLike, nextSession, type NextOptions } from 'isosession/next';
import type { cookies, headers } from 'next/headers.js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import * as adapters from 'next/dist/server/web/spec-extension/adapters/request-cookies.js';
import { RequestCookies, ResponseCookies } from 'next/dist/compiled/@edge-runtime/cookies/index.js';
import { inProcess, open, rejection } from '../support/contract.ts';

const backend = 'https://api.example.com';

/** A backend that sets these cookies, and says which ones it gets. */
function backendOf(...lines: string[]): Session {
  const transport = inProcess(({ headers }) => {
    const response = new Response(headers.get('cookie') ?? '-');
    for (const line of lines) response.headers.append('set-cookie', line);
    return response;
  });
  return open({ baseUrl: backend, transport });
}

/** The session of a visitor with these cookies in a Route Handler, and its answer's headers. */
async function handle(api: Session, cookie = ''): Promise<[Session, Headers]> {
  const answer = new Headers();
  const sent = new RequestCookies(new Headers({ cookie }));
  const set = new ResponseCookies(answer);
  const session = await nextSession(api, {
    to: [backend],
    headers: () => new Headers({ cookie, 'accept-language': 'de' }),
    cookies: () => ({ getAll: () => sent.getAll(), set: (given) => set.set(given) }),
  });
  onTestFinished(() => session.destroy());
  return [session, answer];
}

function warnings(): () => string[] {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  onTestFinished(() => warn.mockRestore());
  return () => warn.mock.calls.map(([text]) => String(text));
}

describe('nextSession', () => {
  test('takes what next/headers has', () => {
    type Given = { headers: typeof headers; cookies: typeof cookies };
    const options = (given: Given): NextOptions => ({ to: [backend], ...given });
    expect(options).toBeTypeOf('function');
  });

  test('sets every attribute that a cookie has', async () => {
    const [session, answer] = await handle(
      backendOf(
        'a=1; Domain=.example.com; Path=/x; Secure; HttpOnly; SameSite=None; Partitioned',
        'b=2; Expires=Wed, 01-Jan-31 00:00:00 GMT; SameSite=odd; Max-Age=soon',
        'c=3; Max-Age=0; Path=odd; Priority=High',
      ),
    );
    await session.get('/d/e').text();
    expect(answer.getSetCookie()).toEqual([
      'a=1; Path=/x; Domain=.example.com; Secure; HttpOnly; SameSite=none; Partitioned',
      'b=2; Path=/d; Expires=Wed, 01 Jan 2031 00:00:00 GMT',
      'c=3; Path=/d; Max-Age=0',
    ]);
  });

  test('sets what a call has set that fails, and nothing twice', async () => {
    const [session, answer] = await handle(backendOf('a=1; Path=/'));
    session.use(async (request, next) => {
      await next(request);
      throw new Error('too late');
    });
    await session.get('/').catch(() => {});
    expect(answer.getSetCookie()).toEqual(['a=1; Path=/']);
    answer.delete('set-cookie');
    await session.get('/', { transport: inProcess(() => new Response()) }).catch(() => {});
    expect(answer.getSetCookie()).toEqual([]);
  });

  test('warns once of a value that Next.js does not leave as it is', async () => {
    const warned = warnings();
    const lines = ['raw=a:b==; Path=/', 'fine=a%3Ab; Path=/', 'bad=%zz; Path=/'];
    for (const [session, answer] of [
      await handle(backendOf(...lines)),
      await handle(backendOf(...lines)),
    ]) {
      await session.get('/');
      expect(answer.getSetCookie()).toEqual([
        'raw=a%3Ab%3D%3D; Path=/',
        'fine=a%3Ab; Path=/',
        'bad=%25zz; Path=/',
      ]);
    }
    expect(warned()).toEqual([
      expect.stringContaining('Next.js encodes the value of the cookie "raw"'),
      expect.stringContaining('Next.js encodes the value of the cookie "bad"'),
    ]);
  });

  test('tells apart why a cookie cannot be set: a page renders, or anything else', async () => {
    const warned = warnings();
    const sealed = adapters.RequestCookiesAdapter.seal(new RequestCookies(new Headers()));
    const closed = new TypeError('The controller is closed');
    const stores: NextCookieStoreLike[] = [
      {
        getAll: () => [],
        set: (cookie) => Reflect.apply(Reflect.get(sealed, 'set'), sealed, [cookie]),
      },
      {
        getAll: () => [],
        set() {
          throw closed;
        },
      },
    ];
    for (const [i, store] of stores.entries()) {
      const session = await nextSession(backendOf(`late${i}=1; Path=/`), {
        to: [backend],
        headers: () => new Headers(),
        cookies: () => store,
      });
      onTestFinished(() => session.destroy());
      await session.get('/');
    }
    expect(warned()).toEqual([
      expect.stringContaining('the cookie "late0" while a page renders'),
      expect.stringContaining('the cookie "late1" for another reason'),
    ]);
  });

  test('forwards the headers of forwardSession(), to the backends alone', async () => {
    const seen: string[] = [];
    const transport = inProcess(({ headers }) => {
      seen.push(`${headers.get('cookie')} ${headers.get('accept-language')}`);
      return new Response();
    });
    const [session] = await handle(open({ baseUrl: backend, transport }), 'sid=1; sid=2');
    await session.get('/');
    await session.get('https://other.example/');
    expect(seen).toEqual(['sid=1; sid=2 de', 'null de']);
  });

  test('refuses what is no function of next/headers', async () => {
    const given = { to: [backend], headers: () => new Headers(), cookies: {} };
    const call = nextSession(open(), given as unknown as NextOptions);
    expect((await rejection(call, InvalidRequestError)).message).toBe(
      'cookies must be of type function',
    );
  });
});
