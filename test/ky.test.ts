import { Session, basic } from 'isosession';
import { createKy } from 'isosession/ky';
import { isHTTPError, isTimeoutError } from 'ky';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { open, reasonOf, sites } from './support/contract.ts';

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

  it('retries in the session alone: as often as the session says', async () => {
    const { a } = sites();
    const ky = createKy(open({ baseUrl: a.base, retry: { limit: 2, delay: () => 0 } }));
    const error = await reasonOf(ky.get('flaky', { searchParams: { fails: 9, key: 'k' } }));
    expect(isHTTPError(error) && error.response.status).toBe(503);
    expect(await a.requests()).toHaveLength(3);
  });

  it("makes the retry option of a default or of a call the session's", async () => {
    const { a } = sites();
    const ky = createKy(open({ baseUrl: a.base, retry: 0 }), {
      retry: { limit: 1, delay: () => 0 },
    });
    await reasonOf(ky.get('flaky', { searchParams: { fails: 9, key: 'k' } }));
    expect(await a.requests()).toHaveLength(2);
    const seen: number[] = [];
    await ky.get('flaky', {
      searchParams: { fails: 3, key: 'other' },
      retry: {
        limit: 3,
        delay: () => 0,
        shouldRetry: ({ error, retryCount }) => {
          seen.push(retryCount);
          return isHTTPError(error);
        },
      },
    });
    expect(seen).toEqual([1, 2, 3]);
    expect(await a.requests()).toHaveLength(6);
  });

  it("makes the timeout option the session's", async () => {
    const { a } = sites();
    const ky = createKy(open({ baseUrl: a.base }));
    expect(isTimeoutError(await reasonOf(ky.get('never', { timeout: 40 })))).toBe(true);
    expect(isTimeoutError(await reasonOf(ky.get('never', { totalTimeout: 40 })))).toBe(true);
  });

  it('keeps totalTimeout where there is no timeout for an attempt', async () => {
    const { a } = sites();
    const ky = createKy(open({ baseUrl: a.base }), { timeout: false });
    const call = ky.get('never', { totalTimeout: 40, signal: AbortSignal.timeout(2000) });
    expect(await reasonOf(call)).toMatchObject({ code: 'ERR_TIMEOUT', phase: 'total' });
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
      cause: { cause: { code: 'ERR_SESSION_CLOSED' } },
    });
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
