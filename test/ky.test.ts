import { Session, basic } from 'isosession';
import { createKy } from 'isosession/ky';
import { isHTTPError, isTimeoutError } from 'ky';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { open, reasonOf, sites } from './support/contract.ts';

const atOnce = { delay: () => 0 };

describe('createKy', () => {
  it('gives data over the session: its baseUrl, defaults, credentials and cookies', async () => {
    const { a } = sites();
    const ky = createKy(
      open({ baseUrl: a.base, headers: { 'x-client': 'one' }, auth: basic('user', 'pass') }),
    );
    await ky.post('login', { body: new URLSearchParams({ user: 'ann', password: 'open sesame' }) });
    await ky.get('me').json();
    const headers = Object.fromEntries(
      (await a.requests()).at(-1)!.headers.map(([name, value]) => [name.toLowerCase(), value]),
    );
    expect(headers).toMatchObject({
      'x-client': 'one',
      cookie: 'sid=ann',
      authorization: 'Basic dXNlcjpwYXNz',
      accept: 'application/json',
    });
  });

  it('keeps method and body of a POST over a 307, and the cookie that the hop sets', async () => {
    const { a } = sites();
    const ky = createKy(open({ baseUrl: a.base }));
    const to = a.url('echo');
    const echo = await ky
      .post('redirect', { searchParams: { to, status: 307, line: 'hop=1' }, json: { n: 1 } })
      .json<{ method: string; body: string }>();
    expect(echo).toMatchObject({ method: 'POST', body: '{"n":1}' });
    expect(
      (await a.requests()).at(-1)!.headers.find(([name]) => name.toLowerCase() === 'cookie')?.[1],
    ).toBe('hop=1');
  });

  it('does not take credentials to another origin', async () => {
    const { a, b } = sites();
    const ky = createKy(open({ baseUrl: a.base, headers: { 'x-api-key': 'secret' } }));
    await ky.get('redirect', { searchParams: { to: b.url('echo') } });
    expect((await b.request()).headers.map(([name]) => name.toLowerCase())).not.toContain(
      'x-api-key',
    );
  });

  it("has the session's retries and timeouts as its defaults", async () => {
    const { a } = sites();
    const ky = createKy(open({ retry: { limit: 1, delay: () => 0 } }));
    const error = await reasonOf(ky.get(a.url('flaky', { fails: 9, key: 'k' })));
    expect(isHTTPError(error) && error.response.status).toBe(503);
    expect(await a.requests()).toHaveLength(2);
    await ky.get(a.url('flaky', { fails: 2, key: 'other' }), { retry: 2 });
    expect(await a.requests()).toHaveLength(5);
    const hasty = createKy(open({ timeout: { response: 40 } }));
    expect(isTimeoutError(await reasonOf(hasty.get(a.url('never'))))).toBe(true);
    const total = createKy(open({ timeout: { total: 40 } }));
    expect(isTimeoutError(await reasonOf(total.get(a.url('never'))))).toBe(true);
    const patient = createKy(open({ timeout: { response: Infinity } }));
    expect((await patient.get(a.url('echo'))).status).toBe(200);
  });

  it('leaves retries to ky: none below it', async () => {
    const { a } = sites();
    const ky = createKy(open({ retry: { limit: 5, delay: () => 0 } }));
    await reasonOf(ky.get(a.url('flaky', { fails: 9, key: 'k' }), { retry: 0 }));
    expect(await a.requests()).toHaveLength(1);
  });

  it("sees what is changed of the session's headers, auth and baseUrl later", async () => {
    const { a } = sites();
    const session = open();
    const ky = createKy(session);
    session.baseUrl = a.base;
    session.headers.set('x-later', '1');
    session.auth = basic('user', 'pass');
    await ky.get('echo');
    const names = (await a.request()).headers.map(([name]) => name.toLowerCase());
    expect(names).toEqual(expect.arrayContaining(['x-later', 'authorization']));
  });

  it('takes a connection that nobody accepts for a network error, which is retried', async () => {
    const session = open({ timeout: { connect: 30 } });
    // Of a network that is kept for documents (RFC 5737).
    const call = createKy(session).get('http://192.0.2.1/', { retry: { limit: 1, ...atOnce } });
    expect(await reasonOf(call)).toMatchObject({
      name: 'NetworkError',
      cause: { message: 'fetch failed', cause: { code: expect.stringMatching(/TIMEOUT|NETWORK/) } },
    });
  });

  it("throws ky's HTTPError with its data, and none when it is told not to", async () => {
    const { a } = sites();
    const ky = createKy(open({ baseUrl: a.base }));
    const error = await reasonOf(ky.get('status/404'));
    expect(isHTTPError(error) && error.data).toEqual({ status: 404 });
    expect((await ky.get('status/404', { throwHttpErrors: false })).status).toBe(404);
  });

  it("runs ky's hooks and schemas", async () => {
    const { a } = sites();
    const ky = createKy(open({ baseUrl: a.base }), {
      hooks: {
        beforeRequest: [({ request }) => request.headers.set('x-hook', '1')],
        afterResponse: [
          ({ response }) => new Response(response.body, { status: 202, headers: response.headers }),
        ],
      },
    });
    const response = await ky.get('echo');
    expect(response.status).toBe(202);
    expect((await a.request()).headers).toContainEqual(['x-hook', '1']);
    expect(await ky.get('echo').json(v.object({ method: v.literal('GET') }))).toEqual({
      method: 'GET',
    });
    expect(
      await reasonOf(ky.get('echo').json(v.object({ method: v.literal('PUT') }))),
    ).toMatchObject({ name: 'SchemaValidationError' });
  });

  it('reports progress up and down', async () => {
    const { a } = sites();
    const ky = createKy(open({ baseUrl: a.base }));
    let down = 0;
    let up = 0;
    await ky
      .get('bytes', {
        searchParams: { n: 300_000 },
        onDownloadProgress: ({ transferredBytes }) => {
          down = transferredBytes;
        },
      })
      .bytes();
    await ky.post('echo', {
      body: 'x'.repeat(100_000),
      onUploadProgress: ({ transferredBytes }) => {
        up = transferredBytes;
      },
    });
    expect([down, up]).toEqual([300_000, 100_000]);
  });

  it('keeps the session below extend() and create()', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, headers: { 'x-client': 'one' } });
    const ky = createKy(session);
    for (const instance of [
      ky.extend({ headers: { 'x-more': '2' } }),
      ky.create({ headers: { 'x-more': '2' } }),
      ky.create().extend({ headers: { 'x-more': '2' } }),
    ]) {
      const echo = await instance.get('echo').json<{ headers: [string, string][] }>();
      expect(echo.headers).toEqual(
        expect.arrayContaining([
          ['x-client', 'one'],
          ['x-more', '2'],
        ]),
      );
    }
    await session.close();
    expect(await reasonOf(ky.get('echo'))).toMatchObject({
      name: 'TypeError',
      cause: { code: 'ERR_SESSION_CLOSED' },
    });
  });

  it('says which header frames a message wrongly, and drops those of the connection', async () => {
    const { a } = sites();
    const ky = createKy(open({ baseUrl: a.base }), {
      retry: { limit: 2, methods: ['post'], ...atOnce },
    });
    for (const headers of [{ 'content-length': '9' }, { 'transfer-encoding': 'chunked' }])
      expect(await reasonOf(ky.post('echo', { body: 'abc', headers }))).toMatchObject({
        name: 'TypeError',
        message: expect.stringContaining(`header "${Object.keys(headers)[0]}"`),
      });
    const ofConnection = {
      connection: 'x-a',
      te: 'trailers',
      upgrade: 'h2c',
      expect: '100-continue',
    };
    await ky.post('echo', { body: 'abc', headers: { ...ofConnection, 'content-length': '3' } });
    const requests = await a.requests();
    expect(requests).toHaveLength(1);
    const names = requests[0]!.headers.map(([name]) => name.toLowerCase());
    for (const name of ['te', 'upgrade', 'expect']) expect(names).not.toContain(name);
  });

  it("ends with the caller's reason when its signal aborts", async () => {
    const { a } = sites();
    const reason = new Error('enough');
    const controller = new AbortController();
    const call = createKy(new Session({ baseUrl: a.base })).get('never', {
      signal: controller.signal,
    });
    controller.abort(reason);
    expect(await reasonOf(call)).toBe(reason);
  });
});

/** What an error says, with its causes. */
function textOf(error: unknown): string {
  let text = '';
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    text += `${cause.message}\n${cause.stack}\n`;
  return text;
}

describe('L21: an error over ky', () => {
  it.each(['myapp://cb?state=', 'myapp:cb#state=', 'ftp://cb/?state='])(
    'shows a URL that is refused without its query: %s',
    async (url) => {
      const error = await reasonOf(createKy(open()).get(`${url}secret`));
      expect(error).toBeInstanceOf(TypeError);
      expect(textOf(error)).toContain('is no http: or https: URL');
      expect(textOf(error)).not.toContain('secret');
    },
  );

  it.each([
    ['status/500', isHTTPError],
    ['never', isTimeoutError],
    ['flaky?status=reset&fails=9', (error: unknown) => error instanceof Error],
  ])('says nothing of what the session adds: %s', async (route, isKind) => {
    const { a } = sites();
    const ky = createKy(
      open({
        baseUrl: a.base.replace('//', '//user:secret1@'),
        searchParams: { api: 'secret2' },
        headers: { 'x-api-key': 'secret3' },
      }),
      { retry: 0, timeout: 500 },
    );
    const error = await reasonOf(ky.get(route));
    expect(isKind(error)).toBe(true);
    expect(textOf(error)).toContain(a.base);
    expect(textOf(error)).not.toContain('secret');
    const [request] = await a.requests();
    expect([request?.search, JSON.stringify(request?.headers)]).toEqual([
      expect.stringContaining('api=secret2'),
      expect.stringContaining('secret3'),
    ]);
  });
});
