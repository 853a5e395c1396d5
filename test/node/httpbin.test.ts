import { basic, HTTPError } from 'isosession';
import { beforeAll, expect, test } from 'vitest';
import { open, rejection } from '../support/contract.ts';
import { describeWith } from '../support/describe-with.ts';
import { type Origin, startHttpbin } from '../support/real-origins.ts';

/** What httpbin tells of a request. */
interface Told {
  args: Record<string, string | string[]>;
  headers: Record<string, string>;
  form: Record<string, string | string[]>;
  files: Record<string, string>;
  json: unknown;
  data: string;
  url: string;
  method: string;
}

describeWith(['httpbin'], 'on httpbin, whom users of requests know', () => {
  let httpbin: Origin;
  beforeAll(async () => {
    httpbin = await startHttpbin();
    return () => httpbin.close();
  });
  const session = () =>
    open({ baseUrl: httpbin.origin, trustEnv: false, retry: { delay: () => 0 } });

  test('cookies that a redirect sets are kept, sent, changed and deleted', async () => {
    const api = session();
    const response = await api.get('cookies/set', { searchParams: { a: '1', b: 'two' } });
    expect([
      response.status,
      response.history.map(({ status }) => status),
      await response.json(),
    ]).toEqual([200, [302], { cookies: { a: '1', b: 'two' } }]);
    expect(await api.get('cookies/set/a/3').json()).toEqual({ cookies: { a: '3', b: 'two' } });
    expect(await api.get('cookies', { cookies: { b: 'mine' } }).json()).toEqual({
      cookies: { a: '3', b: 'mine' },
    });
    expect(await api.get('cookies/delete', { searchParams: { a: '' } }).json()).toEqual({
      cookies: { b: 'two' },
    });
  });

  test('what is sent arrives: query, headers, JSON, a form, a file, a stream', async () => {
    const api = session();
    const told = await api
      .get('get?x=1', { searchParams: { y: ['2', '3'] }, headers: { 'x-own': 'value' } })
      .json<Told>();
    expect([told.args, told.headers['X-Own']]).toEqual([{ x: '1', y: ['2', '3'] }, 'value']);
    expect((await api.post('post', { json: { ä: [1, null] } }).json<Told>()).json).toEqual({
      ä: [1, null],
    });
    expect((await api.put('put', { form: { a: 'b c', d: ['e', 'f'] } }).json<Told>()).form).toEqual(
      { a: 'b c', d: ['e', 'f'] },
    );
    const form = new FormData();
    form.append('field', 'value');
    form.append('file', new Blob(['content'], { type: 'text/plain' }), 'ünï "q".txt');
    const uploaded = await api.post('post', { body: form }).json<Told>();
    expect([uploaded.form, uploaded.files]).toEqual([{ field: 'value' }, { file: 'content' }]);
    expect(
      (
        await api
          .patch('patch', { body: Buffer.from('raw'), headers: { 'content-type': 'text/plain' } })
          .json<Told>()
      ).data,
    ).toBe('raw');
    expect(await api.delete('delete').json<Told>()).toMatchObject({ args: {} });
  });

  test('every coding is decoded', async () => {
    const api = session();
    for (const [path, mark] of [
      ['gzip', 'gzipped'],
      ['deflate', 'deflated'],
      ['brotli', 'brotli'],
    ])
      expect(await api.get(path as string).json()).toMatchObject({ [mark as string]: true });
  });

  test('Basic credentials are asked for, given, refused, and taken from a URL', async () => {
    const api = session();
    expect((await api.get('basic-auth/ann/secret')).status).toBe(401);
    expect(await api.get('basic-auth/ann/secret', { auth: basic('ann', 'secret') }).json()).toEqual(
      { authenticated: true, user: 'ann' },
    );
    expect(
      await api
        .get(`http://ann:secret@127.0.0.1:${httpbin.port}/hidden-basic-auth/ann/secret`)
        .json(),
    ).toMatchObject({ authenticated: true });
    const error = await rejection(
      api.get('basic-auth/ann/secret', { auth: basic('ann', 'wrong') }).json(),
      HTTPError,
    );
    expect(error.status).toBe(401);
  });

  test('redirects of all kinds are followed, with the method that they leave', async () => {
    const api = session();
    expect((await api.get('absolute-redirect/3')).history).toHaveLength(3);
    for (const [status, method] of [
      [301, 'GET'],
      [302, 'GET'],
      [303, 'GET'],
      [307, 'POST'],
      [308, 'POST'],
    ]) {
      const told = await api
        .post('redirect-to', {
          searchParams: { url: '/anything', status_code: status as number },
          form: { a: 'b' },
        })
        .json<Told>();
      expect([status, told.method, told.form]).toEqual([
        status,
        method,
        method === 'POST' ? { a: 'b' } : {},
      ]);
    }
  });

  test('lines, links, ranges and a slow stream are read as they come', async () => {
    const api = session();
    const lines: unknown[] = [];
    for await (const line of api.get('stream/5').lines())
      lines.push((JSON.parse(line) as { id: number }).id);
    expect(lines).toEqual([0, 1, 2, 3, 4]);
    expect(await api.get('range/26', { headers: { range: 'bytes=10-14' } }).text()).toBe('klmno');
    expect(
      (await api.get('drip', { searchParams: { duration: 0.2, numbytes: 5, delay: 0 } }).bytes())
        .length,
    ).toBe(5);
    expect((await api.get('etag/abc', { headers: { 'if-none-match': 'abc' } })).status).toBe(304);
  });

  test('a status that is worth it is retried, and the last response is given', async () => {
    const response = await session().get('status/503', { retry: 2 });
    expect([response.status, response.attempts]).toEqual([503, 3]);
    expect((await session().get('status/418', { retry: 2 })).attempts).toBe(1);
  });
});
