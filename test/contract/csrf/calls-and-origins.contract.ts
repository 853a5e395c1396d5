import { csrf, type CsrfOptions, InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inBrowser,
  inProcess,
  inProduction,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  wireTest,
} from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';
import { tokenOf, withToken } from './token.ts';

describe('a token never goes to another origin', () => {
  const sources: { name: string; options: CsrfOptions }[] = [
    { name: 'a cookie', options: {} },
    { name: 'a header', options: { from: { header: 'x-token' } } },
    { name: 'an endpoint', options: { from: { url: 'reply?text={"token":"secret"}' } } },
  ];
  for (const { name, options } of sources) {
    test(`from ${name} by whatever URL`, async () => {
      const { a, b, c } = sites();
      const session = open({ baseUrl: a.base }).use(csrf(options));
      await session.get('reply', {
        searchParams: [
          ['h', 'x-token: secret'],
          ['h', 'set-cookie: XSRF-TOKEN=secret; Path=/'],
        ],
      });
      for (const site of [b, c]) {
        const { host } = new URL(site.origin);
        const path = site.base.slice(site.origin.length);
        for (const url of [
          site.url('echo'),
          `//${host}${path}echo`,
          `/\\${host}${path}echo`,
          `\\\\${host}${path}echo`,
          new URL(site.url('echo')),
        ]) {
          expect(await tokenOf(session.post(url))).toBeUndefined();
        }
      }
      expect(await tokenOf(session.post(a.url('echo')))).toBe('secret');
      // The cookie itself goes to every port of its host.
      for (const site of [b, c])
        for (const { headers } of await site.requests())
          expect(
            JSON.stringify(headers.filter(([name]) => name.toLowerCase() !== 'cookie')),
          ).not.toContain('secret');
    });
  }

  test('but to the origins of the session, each its own', async () => {
    const { a, b } = sites();
    const session = open({ baseUrl: a.base, origins: [b.origin] }).use(
      csrf({ from: { header: 'x-token' } }),
    );
    await session.get('reply', { searchParams: { h: 'x-token: of-a' } });
    expect(await tokenOf(session.post(b.url('echo')))).toBeUndefined();
    await session.get(b.url('reply', { h: 'x-token: of-b' }));
    expect([
      await tokenOf(session.post(b.url('echo'))),
      await tokenOf(session.post('echo')),
    ]).toEqual(['of-b', 'of-a']);
  });

  test('nor anywhere from a session without baseUrl, but to the page', async () => {
    const { a } = sites();
    const transport = inProcess(() => new Response(null, { headers: { 'x-token': 'secret' } }));
    const session = open({ transport }).use(csrf({ from: { header: 'x-token' } }));
    const page = inBrowser ? location.href : 'http://page.test/';
    for (const url of [page, a.base])
      for (const method of ['GET', 'POST']) await session.request(url, { method });
    expect(transport.seen.map(({ headers }) => headers.get('x-xsrf-token'))).toEqual([
      null,
      inBrowser ? 'secret' : null,
      null,
      null,
    ]);
    // In a page a redirect to another origin must fail, as it would take the header along.
    expect(transport.seen.map(({ init }) => init.mode)).toEqual([
      undefined,
      inBrowser ? 'same-origin' : undefined,
      undefined,
      undefined,
    ]);
  });

  wireTest.each([307, 308])(
    'by a redirect (%d), but stays on one within the origin',
    async (status) => {
      const { a, b } = sites();
      const session = await withToken(a, 'secret');
      expect(
        await tokenOf(
          session.post('redirect', { body: 'x', searchParams: { status, to: b.url('echo') } }),
        ),
      ).toBeUndefined();
      expect(
        await tokenOf(
          session.post('redirect', { body: 'x', searchParams: { status, to: a.url('echo') } }),
        ),
      ).toBe('secret');
    },
  );

  wireTest(
    'and another origin does not tell the token, nor make a call be sent again',
    async () => {
      const { a, b } = sites();
      const session = await withToken(a, 'good');
      await session.post('redirect', {
        searchParams: { to: b.url('reply', { h: 'x-token: bad' }) },
      });
      expect(await tokenOf(session.post('echo'))).toBe('good');
      const asking = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
      expect(
        (await asking.post('redirect', { searchParams: { to: b.url('status/419') } })).status,
      ).toBe(419);
      expect((await a.requests()).filter(({ route }) => route === 'token')).toHaveLength(1);
    },
  );
});

describe('a call', () => {
  test('keeps a header of its own', async () => {
    const { a } = sites();
    const session = await withToken(a, 'secret');
    expect(await tokenOf(session.post('echo', { headers: { 'x-xsrf-token': 'mine' } }))).toBe(
      'mine',
    );
  });

  test('does not show its token when it is printed', async () => {
    const { a } = sites();
    for (const header of ['X-XSRF-TOKEN', 'X-CSRFToken', 'X-CSRF-Token']) {
      const session = await withToken(a, 'canary', { header });
      const response = await session.post('echo');
      expect(await tokenOf(response, header)).toBe('canary');
      expect(JSON.stringify(response.request)).not.toContain('canary');
    }
  });

  test('without credentials has no token', async () => {
    const { a } = sites();
    const session = await withToken(a, 'secret');
    expect(await tokenOf(session.post('echo', { credentials: 'omit' }))).toBeUndefined();
  });

  test('gets its token when a middleware hands on a copy of the request', async () => {
    const { a } = sites();
    const guard = csrf({ from: { url: 'token' } });
    const session = open({ baseUrl: a.base }).use((request, next) =>
      guard({ ...request, headers: new Headers({ 'x-copied': '1' }) }, (sending) =>
        next({ ...sending }),
      ),
    );
    const echo = await session.post('echo').json<JournalEntry>();
    expect([sent(echo, 'x-xsrf-token'), sent(echo, 'x-copied')]).toEqual(['token-1', '1']);
  });

  test('that is made outside of a session is refused', async () => {
    const { context, ...record } = {
      method: 'POST',
      url: new URL('http://a.test'),
      headers: new Headers(),
      body: null,
      signal: undefined,
      options: {} as never,
      attempt: 1,
      hop: 0,
      identity: {},
      context: {},
    };
    const error = await rejection(
      csrf()({ ...record, context }, () => reasonOf(Promise.resolve()) as never),
      InvalidRequestError,
    );
    expect(error.message).toMatch(inProduction ? /without a session/ : /session\.use/);
  });
});
