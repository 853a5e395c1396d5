import { csrf, type CsrfPreset } from 'isosession';
import { describe, expect, test } from 'vitest';
import { deferred, inProcess, open, sent, sites, wireTest } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';
import { setCookie, tokenOf } from './token.ts';

describe('a rejected token', () => {
  const rejections: { name: string; answer: Record<string, string | number> }[] = [
    {
      name: '403 and JSON that says so',
      answer: {
        status: 403,
        type: 'application/json',
        text: '{"detail":"CSRF Failed: CSRF token missing."}',
      },
    },
    {
      name: '403 and a problem that says so',
      answer: { status: 403, type: 'application/problem+json', text: '{"title":"XSRF token"}' },
    },
    {
      name: '403 and a page that says so',
      answer: { status: 403, type: 'text/html', text: '<h1>invalid csrf token</h1>' },
    },
    { name: '403 and a header of that name', answer: { status: 403, h: 'x-csrf-token: Required' } },
    { name: '419', answer: { status: 419 } },
  ];

  for (const { name, answer } of rejections) {
    test(`by ${name} is fetched again, and the call sent once more`, async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
      const echo = await session
        .post('guarded', { searchParams: { want: 'token-2', ...answer }, json: { a: 1 } })
        .json<JournalEntry>();
      expect([sent(echo, 'x-xsrf-token'), echo.body]).toEqual(['token-2', '{"a":1}']);
      expect((await a.requests()).map(({ route }) => route)).toEqual([
        'token',
        'guarded',
        'token',
        'guarded',
      ]);
    });
  }

  test("once only: the second response is the caller's, whatever it is", async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const response = await session.post('guarded', {
      searchParams: { want: 'none', status: 403, type: 'text/plain', text: 'csrf' },
    });
    expect([response.status, await response.text()]).toEqual([403, 'csrf']);
    expect((await a.requests()).map(({ route }) => route)).toEqual([
      'token',
      'guarded',
      'token',
      'guarded',
    ]);
  });

  test('of many calls is fetched again once', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        tokenOf(session.post('guarded', { searchParams: { want: 'token-2', status: 419 } })),
      ),
    );
    expect(new Set(answers)).toEqual(new Set(['token-2']));
    expect((await a.requests()).filter(({ route }) => route === 'token')).toHaveLength(2);
  });

  test('is not sent by calls that begin while a newer one is fetched', async () => {
    const asked = deferred();
    const gate = deferred();
    let tokens = 0;
    const transport = inProcess(async ({ method, headers }) => {
      if (method === 'POST')
        return new Response(null, {
          status: headers.get('x-xsrf-token') === 'token-2' ? 200 : 419,
        });
      const token = `token-${++tokens}`;
      if (tokens > 1) {
        asked.resolve();
        await gate.promise;
      }
      return Response.json({ token });
    });
    const session = open({ baseUrl: 'http://a.test/', transport }).use(
      csrf({ from: { url: 'token' } }),
    );
    const first = session.post('first');
    await asked.promise;
    const second = session.post('second');
    gate.resolve();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(
      transport.seen
        .map(({ url, headers }) => `${url.pathname} ${headers.get('x-xsrf-token')}`)
        .toSorted(),
    ).toEqual([
      '/first token-1',
      '/first token-2',
      '/second token-2',
      '/token null',
      '/token null',
    ]);
  });

  const others: { name: string; answer: Record<string, string | number> }[] = [
    {
      name: '403 that says nothing of it',
      answer: { status: 403, type: 'application/json', text: '{"detail":"Not yours."}' },
    },
    {
      name: '403 with bytes',
      answer: { status: 403, type: 'application/octet-stream', text: 'csrf' },
    },
    {
      name: '403 with a long page',
      answer: { status: 403, type: 'text/html', text: 'csrf', times: 17_000 },
    },
    { name: '401', answer: { status: 401, type: 'text/plain', text: 'csrf' } },
  ];
  for (const { name, answer } of others) {
    test(`is not meant by ${name}, whose body stays readable`, async () => {
      const { a } = sites();
      const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
      const response = await session.post('guarded', { searchParams: { want: 'none', ...answer } });
      expect(await response.text()).toBe(
        (answer['text'] as string).repeat(Number(answer['times'] ?? 1)),
      );
      expect((await a.requests()).filter(({ route }) => route === 'token')).toHaveLength(1);
    });
  }

  test('is recognised by the option `rejected`', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(
      csrf({ from: { url: 'token' }, rejected: ({ status }) => status === 400 }),
    );
    const call = (status: number) =>
      session.post('guarded', { searchParams: { want: 'token-2', status } });
    expect((await call(419)).status).toBe(419);
    expect((await call(400)).status).toBe(200);
  });

  const presets: { preset: CsrfPreset; status: number }[] = [
    { preset: 'spring', status: 403 },
    { preset: 'django', status: 419 },
  ];
  for (const { preset, status } of presets) {
    test(`of ${preset} (${status}) may come with another one in the cookie`, async () => {
      const { a } = sites();
      const [cookie, header] =
        preset === 'django' ? ['csrftoken', 'x-csrftoken'] : ['XSRF-TOKEN', 'x-xsrf-token'];
      const session = open({ baseUrl: a.base }).use(csrf(preset));
      await setCookie(session, a, `${cookie}=old`);
      const searchParams = { want: 'new', header, status, h: `set-cookie: ${cookie}=new; Path=/` };
      expect(await tokenOf(session.post('guarded', { searchParams }), header)).toBe('new');
      // The same token would be rejected again.
      expect(
        (await session.post('guarded', { searchParams: { ...searchParams, want: 'none' } })).status,
      ).toBe(status);
      expect((await a.requests()).filter(({ route }) => route === 'guarded')).toHaveLength(3);
    });
  }

  test('gives the refusal to the caller when the endpoint fails', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, retry: 0 }).use(csrf({ from: { url: 'token' } }));
    await session.post('echo');
    session.use(async (request, next) =>
      request.url.pathname.endsWith('token')
        ? new Response('down', { status: 500 })
        : next(request),
    );
    expect(
      (await session.post('guarded', { searchParams: { want: 'none', status: 419 } })).status,
    ).toBe(419);
  });

  wireTest('is fetched again only for a body that can be sent again', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base }).use(csrf({ from: { url: 'token' } }));
    const searchParams = { want: 'token-2', status: 419 };
    expect((await session.post('guarded', { searchParams, body: ['once'] })).status).toBe(419);
    const echo = await session
      .post('guarded', { searchParams, body: () => ['anew'] })
      .json<JournalEntry>();
    expect([echo.body, sent(echo, 'x-xsrf-token')]).toEqual(['anew', 'token-2']);
  });
});
