import { csrf, DecodeError, type Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import { type InProcess, inProcess, open, rejection } from '../../support/contract.ts';

const app = 'https://app.test/';
const evil = 'https://evil.test/';

/** Redirects to each `?to=`; else a token that tells for whom, and for what, it was made. */
const network = (): InProcess =>
  inProcess(({ url, headers }) => {
    const to = url.searchParams.get('to');
    if (to)
      return new Response(null, {
        status: 302,
        headers: { location: to, 'x-token': `at-${url.hostname}` },
      });
    const token =
      `${url.searchParams.get('n') ?? 'of'}-${headers.get('cookie') ?? url.hostname}`.replace(
        /[^\w-]/g,
        '.',
      );
    return Response.json({ csrfToken: token }, { headers: { 'x-token': token } });
  });

const to = (base: string, target: string): string => `${base}?to=${encodeURIComponent(target)}`;

function sessionWith(transport: InProcess, from: { header: string } | { url: string }): Session {
  return open({ baseUrl: app, transport, retry: 0 }).use(csrf({ from, header: 'x-csrf' }));
}

/** What the last call carried. */
const carried = ({ seen }: InProcess): string | null | undefined =>
  seen.at(-1)?.headers.get('x-csrf');

describe('A22: a token that comes from elsewhere', () => {
  test.each([
    ['its own origin', app, 'of-app.test'],
    ['its own origin by its own redirect', to(app, `${app}x`), 'of-app.test'],
    ['a third party', evil, null],
    ['a third party that leads back', to(evil, `${app}?n=fixed`), null],
    ['its own origin, by way of a third party', to(app, to(evil, `${app}?n=fixed`)), 'at-app.test'],
  ])('is not taken out of a header: %s', async (_, url, token) => {
    const transport = network();
    const session = sessionWith(transport, { header: 'x-token' });
    await session.get(url);
    await session.post('');
    expect(carried(transport)).toBe(token);
  });

  test.each([
    ['a third party', to(app, evil)],
    ['a third party that leads back', to(app, to(evil, `${app}?n=fixed`))],
  ])('is not taken from the endpoint, if it leads to: %s', async (_, url) => {
    const transport = network();
    const session = sessionWith(transport, { url });
    const error = await rejection(session.post(''), DecodeError);
    expect(error.message).toContain('redirect');
    expect(transport.seen.some(({ method }) => method === 'POST')).toBe(false);
  });
});

describe('A22: a call with cookies of its own has a token of its own', () => {
  const own = [
    { cookies: { sid: 'alice' } },
    { cookies: { sid: 'bob' } },
    { headers: { cookie: 'sid=carol' } },
    {},
  ];
  const tokens = ['of-sid.alice', 'of-sid.bob', 'of-sid.carol', 'of-app.test'];

  test('out of a header', async () => {
    const transport = network();
    const session = sessionWith(transport, { header: 'x-token' });
    for (const options of own) await session.get('', options);
    for (const [index, options] of own.entries()) {
      await session.post('', options);
      expect(carried(transport)).toBe(tokens[index]);
    }
  });

  test('from an endpoint, which sees these cookies', async () => {
    const transport = network();
    const session = sessionWith(transport, { url: 'token' });
    for (const [index, options] of [...own, ...own].entries()) {
      await session.post('', options);
      expect(carried(transport)).toBe(tokens[index % own.length]);
    }
    expect(transport.seen.filter(({ url }) => url.pathname === '/token')).toHaveLength(own.length);
  });

  test.each([{ url: 'token' }, { header: 'x-token' }])(
    'and so has a child with a cookie header of its own: %j',
    async (from) => {
      const transport = network();
      const session = sessionWith(transport, from);
      const children = ['alice', 'bob'].map((name) =>
        session.extend({ headers: { cookie: `sid=${name}` } }),
      );
      for (const child of [...children, session]) await child.get('');
      for (const [index, child] of [...children, session].entries()) {
        await child.post('');
        expect(carried(transport)).toBe(['of-sid.alice', 'of-sid.bob', 'of-app.test'][index]);
      }
    },
  );

  test('an endpoint of another origin does not see them', async () => {
    const transport = network();
    const session = sessionWith(transport, { url: 'https://tokens.test/' });
    await session.post('', { cookies: { sid: 'alice' } });
    expect(transport.seen.map(({ headers }) => headers.get('cookie'))).toEqual([null, 'sid=alice']);
  });
});
