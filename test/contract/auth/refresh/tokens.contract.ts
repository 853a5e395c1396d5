import {
  type Auth,
  InvalidRequestError,
  NetworkError,
  refresh,
  type RefreshOptions,
  type Session,
} from 'isosession';
import { describe, expect, test, vi } from 'vitest';
import {
  inProcess,
  inProduction,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  thrown,
  wireTest,
} from '../../../support/contract.ts';
import { acceptOnly, openExpired, expired, renewAt } from './expired-session.ts';

const url = 'http://app.test/';

describe('tokens', () => {
  test('are loaded once, and sent as a bearer token', async () => {
    const load = vi.fn(() => Promise.resolve({ accessToken: 't0ken' }));
    const transport = inProcess(() => new Response());
    const session = open({
      transport,
      auth: refresh({ load, renew: () => Promise.reject(new Error('unexpected')) }),
    });
    await Promise.all([session.get(url), session.get(url)]);
    await session.get(url);
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer t0ken',
      'Bearer t0ken',
      'Bearer t0ken',
    ]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('that are not there yet are asked for again by the next call', async () => {
    const answers = [undefined, undefined, { accessToken: 'later' }];
    const transport = inProcess(() => new Response());
    const session = open({
      transport,
      auth: refresh({
        load: () => answers.shift(),
        renew: () => Promise.reject(new Error('unexpected')),
      }),
    });
    for (let i = 0; i < 4; i++) await session.get(url);
    expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      null,
      null,
      'Bearer later',
      'Bearer later',
    ]);
  });

  test('that cannot be loaded reject the call, and the next call tries anew', async () => {
    const reason = new Error('no store');
    let fails = true;
    const transport = acceptOnly(() => 'a');
    const session = open({
      transport,
      auth: refresh({
        load: () => (fails ? Promise.reject(reason) : { accessToken: 'a' }),
        renew: () => Promise.reject(new Error('unexpected')),
      }),
    });
    expect(await Promise.all([reasonOf(session.get(url)), reasonOf(session.get(url))])).toEqual([
      reason,
      reason,
    ]);
    fails = false;
    expect((await session.get(url)).status).toBe(200);
    expect(transport.seen).toHaveLength(1);
  });

  test('that a header cannot hold are refused and nothing is sent', async () => {
    const transport = inProcess(() => new Response());
    await rejection(
      open({
        transport,
        auth: refresh({
          load: () => ({ accessToken: 'a\r\nx-evil: 1' }),
          renew: () => Promise.resolve({}),
        }),
      }).get(url),
      InvalidRequestError,
    );
    expect(transport.seen).toEqual([]);
  });

  test('go where apply puts them, on records of its own', async () => {
    const transport = inProcess(
      (_, count) => new Response(null, { status: count === 1 ? 401 : 200 }),
    );
    const apply: RefreshOptions['apply'] = (request, { key }) => {
      request.headers.append('x-key', String(key));
      request.url.searchParams.append('key', String(key));
    };
    await open({
      transport,
      auth: refresh({
        load: () => ({ key: 1 }),
        renew: () => Promise.resolve({ key: 2, accessToken: 'für apply' }),
        apply,
      }),
    }).get(url);
    expect(
      transport.seen.map((request) => [request.headers.get('x-key'), request.url.search]),
    ).toEqual([
      ['1', '?key=1'],
      ['2', '?key=2'],
    ]);
  });

  test('never go to another origin, whose 401 renews nothing', async () => {
    const { a, b } = sites();
    const renew = vi.fn(() => Promise.resolve({ accessToken: 'renewed' }));
    const session = openExpired(a, { renew });
    expect((await session.get(b.url('private'))).status).toBe(401);
    expect((await session.get('redirect', { searchParams: { to: b.url('private') } })).status).toBe(
      401,
    );
    expect((await b.requests()).map((entry) => sent(entry, 'authorization'))).toEqual([
      undefined,
      undefined,
    ]);
    expect(renew).not.toHaveBeenCalled();
  });

  for (const { name, target } of [
    { name: 'another origin of the session', target: 'http://api.test/' },
    { name: 'https', target: 'https://app.test/' },
  ]) {
    wireTest(`go along on a redirect to ${name}, whose 401 renews them`, async () => {
      const transport = inProcess(({ url: { href }, headers }) => {
        if (href === url) return new Response(null, { status: 307, headers: { location: target } });
        return new Response(null, {
          status: headers.get('authorization') === 'Bearer b' ? 200 : 401,
        });
      });
      const auth = refresh({
        load: () => expired,
        renew: () => Promise.resolve({ accessToken: 'b' }),
      });
      expect(
        (await open({ baseUrl: url, origins: ['http://api.test'], transport, auth }).get(''))
          .status,
      ).toBe(200);
      expect(
        transport.seen.map((request) => [request.url.href, request.headers.get('authorization')]),
      ).toEqual([
        [url, 'Bearer a0'],
        [target, 'Bearer a0'],
        [url, 'Bearer b'],
        [target, 'Bearer b'],
      ]);
    });
  }

  test('a token endpoint that redirects sends the refresh token nowhere', async () => {
    const { a, b } = sites();
    const session: Session = openExpired(
      a,
      {
        renew: (tokens) =>
          renewAt(
            () => session,
            `redirect?status=307&to=${encodeURIComponent(b.url('renewal'))}`,
          )(tokens),
      },
      { retry: 0 },
    );
    await rejection(session.get('private'), NetworkError);
    expect(await b.requests()).toEqual([]);
  });
});

const developmentDescribe = inProduction ? () => {} : describe;
developmentDescribe('options', () => {
  const good = { load: () => undefined, renew: () => Promise.resolve({}) };

  const wrong: { options: unknown; name: string }[] = [
    { options: { ...good, isExpried: () => true }, name: 'isExpired' },
    { options: { renew: good.renew }, name: 'load' },
    { options: { load: good.load }, name: 'renew' },
    { options: { ...good, save: 'disk' }, name: 'save' },
    { options: { ...good, lock: {} }, name: 'lock' },
    { options: { ...good, renewals: { count: -1, per: 1000 } }, name: 'renewals.count' },
    { options: { ...good, renewals: { count: 1.5, per: 1000 } }, name: 'renewals.count' },
    { options: { ...good, renewals: { count: 5, per: NaN } }, name: 'renewals.per' },
    { options: { ...good, renewals: { count: 5, pre: 1000 } }, name: 'renewals' },
    { options: { ...good, renewals: true }, name: 'renewals' },
    { options: { ...good, renewals: 5 }, name: 'renewals' },
    { options: { ...good, renewals: null }, name: 'renewals' },
    { options: undefined, name: 'refresh' },
  ];
  for (const { options, name } of wrong) {
    test(`of the wrong kind are refused by name: ${name}`, () => {
      expect(
        thrown(() => refresh(options as RefreshOptions), InvalidRequestError).message,
      ).toContain(name);
    });
  }

  test('that are inherited count for nothing', () => {
    const auth: () => Auth = () => refresh(Object.create(good) as RefreshOptions);
    thrown(auth, InvalidRequestError);
  });
});
