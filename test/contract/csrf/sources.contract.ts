import {
  csrf,
  type CsrfOptions,
  type CsrfPreset,
  InvalidRequestError,
  UnsupportedError,
} from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  browserTest,
  inProcess,
  inProduction,
  open,
  rejection,
  sent,
  sites,
  thrown,
  wireTest,
} from '../../support/contract.ts';
import { setCookie, tokenOf, withToken } from './token.ts';

describe('a token in a cookie', () => {
  test('goes with unsafe methods, and with no other', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf());
    await setCookie(session, a, 'XSRF-TOKEN=secret');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'get', 'HEAD', 'OPTIONS'])
      await session.request('echo', { method });
    const entries = (await a.requests()).filter(({ route }) => route === 'echo');
    expect(entries.map((entry) => [entry.method, sent(entry, 'x-xsrf-token')])).toEqual([
      ['POST', 'secret'],
      ['PUT', 'secret'],
      ['PATCH', 'secret'],
      ['DELETE', 'secret'],
      // No server's filter knows it as safe.
      ['QUERY', 'secret'],
      ['GET', undefined],
      ['HEAD', undefined],
      ['OPTIONS', undefined],
    ]);
  });

  test('is decoded, is read at each call, and is not there before it is set', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf());
    expect(await tokenOf(session.post('echo'))).toBeUndefined();
    await setCookie(session, a, 'XSRF-TOKEN=a%3D%3D');
    expect(await tokenOf(session.post('echo'))).toBe('a==');
    await setCookie(session, a, 'XSRF-TOKEN=b%');
    expect(await tokenOf(session.post('echo'))).toBe('b%');
  });

  test('that no header can hold is refused, and not shown', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf());
    await setCookie(session, a, 'XSRF-TOKEN=canary%0A');
    const error = await rejection(session.post('echo'), InvalidRequestError);
    expect(error.message).toMatch(/csrf.*ASCII/);
    expect(error.message).not.toContain('canary');
  });

  wireTest('may be a cookie of the call alone', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf());
    expect(await tokenOf(session.post('echo', { cookies: { 'XSRF-TOKEN': 'mine' } }))).toBe('mine');
  });

  const presets: { preset: CsrfPreset; cookie: string; header: string }[] = [
    { preset: 'angular', cookie: 'XSRF-TOKEN', header: 'X-XSRF-TOKEN' },
    { preset: 'django', cookie: 'csrftoken', header: 'X-CSRFToken' },
    { preset: 'laravel', cookie: 'XSRF-TOKEN', header: 'X-XSRF-TOKEN' },
    { preset: 'spring', cookie: 'XSRF-TOKEN', header: 'X-XSRF-TOKEN' },
  ];
  for (const { preset, cookie, header } of presets) {
    test(`has the names of ${preset}`, async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base }).use(csrf(preset));
      await setCookie(session, a, `${cookie}=secret`);
      expect(await tokenOf(session.post('echo'), header)).toBe('secret');
    });
  }
});

describe('a token in the page', () => {
  browserTest('is read at each call', async () => {
    const { a } = sites();
    const meta = document.createElement('meta');
    onTestFinished(() => meta.remove());
    Object.assign(meta, { name: 'csrf-token', content: 'one' });
    const session = open({ baseUrl: a.base }).use(csrf('rails'));
    expect(await tokenOf(session.post('echo'), 'x-csrf-token')).toBeUndefined();
    document.head.append(meta);
    expect(await tokenOf(session.post('echo'), 'x-csrf-token')).toBe('one');
    meta.content = 'two';
    expect(await tokenOf(session.post('echo'), 'x-csrf-token')).toBe('two');
  });

  browserTest(
    'that Rails refuses (422) is read again, as the page may have another one by then',
    async () => {
      const meta = document.createElement('meta');
      onTestFinished(() => meta.remove());
      Object.assign(meta, { name: 'csrf-token', content: 'old' });
      document.head.append(meta);
      const transport = inProcess(({ headers }) => {
        meta.content = 'new';
        return new Response(null, { status: headers.get('x-csrf-token') === 'new' ? 200 : 422 });
      });
      expect(
        (await open({ baseUrl: 'http://app.test/', transport }).use(csrf('rails')).post('')).status,
      ).toBe(200);
      expect(transport.seen).toHaveLength(2);
    },
  );

  wireTest(
    'is UnsupportedError where there is no page, and leaves safe methods alone',
    async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base }).use(csrf('rails'));
      expect((await rejection(session.post('echo'), UnsupportedError)).message).toMatch(
        /csrf-token.*document.*url/,
      );
      expect((await session.get('echo')).status).toBe(200);
    },
  );
});

describe('a token in a response header', () => {
  test('is learned from any response, and replaces the one before', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(
      csrf({ from: { header: 'x-token' }, header: 'x-mine' }),
    );
    expect(await tokenOf(session.post('echo'), 'x-mine')).toBeUndefined();
    for (const [method, status] of [
      ['GET', 200],
      ['POST', 404],
      ['DELETE', 500],
    ] as const) {
      await session.request('reply', {
        method,
        searchParams: { status, h: `x-token: of-${method}` },
        retry: 0,
      });
      expect(await tokenOf(session.post('echo'), 'x-mine')).toBe(`of-${method}`);
    }
  });

  wireTest('is learned from a redirect, too', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { header: 'x-token' } }));
    await session.get('reply', {
      searchParams: [
        ['status', 302],
        ['h', 'location: echo'],
        ['h', 'x-token: hop'],
      ],
    });
    expect(await tokenOf(session.post('echo'))).toBe('hop');
  });

  wireTest(
    'belongs to the cookies that it came with: a child of another visitor does not have it',
    async () => {
      const { a } = sites();
      const session = await withToken(a, 'secret');
      expect(await tokenOf(session.extend({ cookies: 'new' }).post('echo'))).toBeUndefined();
      expect(await tokenOf(session.extend({ cookies: false }).post('echo'))).toBeUndefined();
      expect(await tokenOf(session.extend({ headers: { a: 'b' } }).post('echo'))).toBe('secret');
    },
  );

  test('belongs to the session alone that has no cookies', async () => {
    const { a } = sites();
    const guard = csrf({ from: { header: 'x-token' } });
    const [one, two] = [
      open({ baseUrl: a.base, cookies: false }).use(guard),
      open({ baseUrl: a.base, cookies: false }).use(guard),
    ];
    await one.get('reply', { searchParams: { h: 'x-token: secret' } });
    expect([await tokenOf(one.post('echo')), await tokenOf(two.post('echo'))]).toEqual([
      'secret',
      undefined,
    ]);
  });
});

const badOptions: { options: unknown; message: RegExp }[] = [
  { options: 'express', message: /no preset 'express'.*angular/ },
  { options: 'toString', message: /no preset/ },
  {
    options: { fron: { cookie: 'a' } },
    message: inProduction ? /csrf\.fron/ : /fron is no csrf option: did you mean from/,
  },
  {
    options: { from: { cookies: 'a' } },
    message: inProduction ? /csrf\.from\.cookies/ : /did you mean cookie/,
  },
  { options: { from: {} }, message: /csrf\.from must be one of/ },
  { options: { from: { cookie: 'a', meta: 'b' } }, message: /csrf\.from must be one of/ },
  { options: { from: { cookie: 'a', pick: () => '' } }, message: /csrf\.from must be one of/ },
  { options: { from: { cookie: '' } }, message: /csrf\.from\.cookie/ },
  { options: { from: { header: 'a b' } }, message: /csrf\.from\.header/ },
  { options: { header: 'a:' }, message: /csrf\.header/ },
  ...(inProduction ? [] : [{ options: { rejected: 403 }, message: /csrf\.rejected/ }]),
];
for (const { options, message } of badOptions) {
  test(`csrf(${JSON.stringify(options)}) is refused at once`, () => {
    expect(thrown(() => csrf(options as CsrfOptions), InvalidRequestError).message).toMatch(
      message,
    );
  });
}
