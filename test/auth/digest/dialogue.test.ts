import { fetchTransport, InvalidRequestError } from 'isosession';
import { digest } from 'isosession/auth';
import { describe, expect, test } from 'vitest';
import { deferred, inProcess, open, rejection } from '../../support/contract.ts';
import { parametersOf, startDigestServer } from './server.ts';

const auth = () => digest('u', 'p');
/** A thousand connections take a busy machine its time. */
const minute = { timeout: 60_000 };

describe.each([
  ['undici', undefined],
  ['a bare fetch', fetchTransport()],
])('over %s', (_name, transport) => {
  const session = (origin: string) => open({ baseUrl: origin, auth: auth(), transport });

  test(
    'a thousand calls at once cause one challenge, and use each count once',
    minute,
    async () => {
      const { origin, seen } = await startDigestServer({ '/': { qop: 'auth' } });
      const api = session(origin);
      const responses = await Promise.all(
        Array.from({ length: 1000 }, (_, i) => api.get(`folder/${i}`)),
      );
      expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
      expect([seen.length, seen.filter(({ status }) => status === 401).length]).toEqual([1001, 1]);
      const answers = seen.slice(1).map(({ authorization }) => parametersOf(authorization));
      expect(new Set(answers.map(({ nonce }) => nonce)).size).toBe(1);
      expect(answers.map(({ nc }) => parseInt(nc as string, 16)).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 1000 }, (_, i) => i + 1),
      );
    },
  );

  test('a nonce that has grown stale is replaced once for all who used it', async () => {
    const { origin, seen } = await startDigestServer({ '/': { qop: 'auth', uses: 50 } });
    const api = session(origin);
    const statuses: number[] = [];
    for (let round = 0; round < 8; round++) {
      const responses = await Promise.all(Array.from({ length: 20 }, (_, i) => api.get(`${i}`)));
      statuses.push(...responses.map(({ status }) => status));
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
    const used = seen
      .filter(({ status }) => status === 200)
      .map(({ authorization }) => parametersOf(authorization));
    expect(used).toHaveLength(160);
    expect(new Set(used.map(({ nonce, nc }) => `${nonce} ${nc}`)).size).toBe(160);
    expect(new Set(used.map(({ nonce }) => nonce)).size).toBeLessThanOrEqual(5);
  });

  test('the nonce that a response names is used for the next call', async () => {
    const { origin, seen } = await startDigestServer({
      '/': { qop: 'auth', uses: 1, nextnonce: true, algorithms: ['SHA-256'] },
    });
    const api = session(origin);
    for (let i = 0; i < 4; i++) expect((await api.get('x')).status).toBe(200);
    expect(seen.map(({ status }) => status)).toEqual([401, 200, 200, 200, 200]);
    const answers = seen.slice(1).map(({ authorization }) => parametersOf(authorization));
    expect(answers.map(({ nc }) => nc)).toEqual(Array.from({ length: 4 }, () => '00000001'));
    expect(new Set(answers.map(({ nonce }) => nonce)).size).toBe(4);
  });

  test('a server that refuses always is asked twice, then its 401 is the response', async () => {
    const { origin, seen } = await startDigestServer({ '/': { qop: 'auth', never: true } });
    const response = await session(origin).get('x');
    expect([response.status, await response.text(), seen.length]).toEqual([401, '', 2]);
  });

  test('each realm of an origin has its nonce, and none is sent to another', async () => {
    const { origin, seen } = await startDigestServer({
      '/a/': { realm: 'A', qop: 'auth' },
      '/b/': { realm: 'B', qop: 'auth', algorithms: ['SHA-256'] },
    });
    const api = session(origin);
    for (const path of ['a/1', 'b/1', 'a/2', 'b/2', 'a/c/3', 'open', 'b/3'])
      expect((await api.get(path)).status, path).toBe(200);
    const sent = seen.map(({ url, authorization }) => [url, parametersOf(authorization).realm]);
    expect(sent).toEqual([
      ['/a/1', undefined],
      ['/a/1', 'A'],
      ['/b/1', undefined],
      ['/b/1', 'B'],
      ['/a/2', 'A'],
      ['/b/2', 'B'],
      ['/a/c/3', 'A'],
      ['/open', undefined],
      ['/b/3', 'B'],
    ]);
  });

  test('the domain that a challenge names needs no further challenge', async () => {
    const { origin, seen } = await startDigestServer({
      '/': { qop: 'auth', domain: '/x/ /y http://elsewhere.test/z/' },
    });
    const api = session(origin);
    for (const path of ['in/1', 'x/1', 'x/deep/1', 'y', 'z/1'])
      expect((await api.get(path)).status, path).toBe(200);
    expect(seen.filter(({ status }) => status === 401).map(({ url }) => url)).toEqual([
      '/in/1',
      '/z/1',
    ]);
  });

  test('a redirect within the origin is answered for each of its URLs', async () => {
    const { origin, seen } = await startDigestServer({
      '/': { qop: 'auth' },
      '/go': { location: '/other/place?q=1' },
    });
    const api = session(origin);
    for (let i = 0; i < 2; i++) {
      const response = await api.post('go', { json: { i } });
      expect([response.status, response.history.length]).toEqual([200, 1]);
    }
    expect(seen.map(({ url, status }) => [url, status])).toEqual([
      ['/go', 307],
      ['/other/place?q=1', 401],
      ['/other/place?q=1', 200],
      ['/go', 307],
      ['/other/place?q=1', 200],
    ]);
    expect(seen.at(-1)?.body).toBe('{"i":1}');
  });

  test('A2: another origin is neither answered nor sent what this one was given', async () => {
    const other = await startDigestServer({ '/': { qop: 'auth' } });
    const { origin } = await startDigestServer({
      '/': { qop: 'auth' },
      '/away': { location: `${other.origin}/x` },
    });
    for (const origins of [[], [other.origin]]) {
      other.seen.length = 0;
      const api = open({ baseUrl: origin, origins, auth: auth(), transport });
      expect((await api.get('home')).status).toBe(200);
      const response = await api.get('away');
      // In the scope of the session's credentials it is answered, with a nonce of its own.
      expect([response.status, other.seen.map(({ status }) => status)]).toEqual(
        origins.length > 0 ? [200, [401, 200]] : [401, [401]],
      );
      expect(other.seen[0]?.authorization).toBeUndefined();
    }
  });

  test('a redirect that has led through another origin is not answered where it ends', async () => {
    const home = await startDigestServer({ '/': { qop: 'auth' } });
    const away = await startDigestServer({ '/': { location: `${home.origin}/back` } });
    const start = await startDigestServer({ '/': { location: `${away.origin}/` } });
    const api = open({ auth: auth(), transport });
    expect((await api.get(start.origin)).status).toBe(401);
    expect(home.seen).toHaveLength(1);
  });

  test('a stream does not survive the challenge; a function and a later stream do', async () => {
    const { origin, seen } = await startDigestServer({ '/': { qop: 'auth-int' } });
    const api = session(origin);
    const stream = () => new Blob(['streamed']).stream();
    await rejection(api.post('x', { body: stream() }), InvalidRequestError);
    expect((await api.post('x', { body: stream() })).status).toBe(200);
    expect((await api.post('y', { body: stream })).status).toBe(200);
    const form = new FormData();
    form.append('a', 'b');
    expect((await api.post('x', { body: form })).status).toBe(200);
    expect(seen.slice(-3).map(({ body }) => body)).toEqual([
      'streamed',
      'streamed',
      expect.stringContaining('name="a"'),
    ]);
  });
});

test('where nothing is asked, calls at once do not wait for each other', async () => {
  const { origin, seen } = await startDigestServer({});
  const api = open({ baseUrl: origin, auth: auth() });
  const responses = await Promise.all(Array.from({ length: 20 }, () => api.get('x')));
  expect(responses.every(({ status }) => status === 200)).toBe(true);
  expect(seen).toHaveLength(20);
});

test('a call that is aborted while it asks lets another one ask', async () => {
  const { origin } = await startDigestServer({ '/': { qop: 'auth' } });
  const api = open({ baseUrl: origin, auth: auth() });
  const controller = new AbortController();
  const first = api.get('x', { signal: controller.signal });
  const second = api.get('x');
  controller.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  expect((await second).status).toBe(200);
});

test('a late answer that names an older nonce does not bring its counts back', async () => {
  const late = deferred();
  const used: string[] = [];
  const transport = inProcess(async ({ url, headers }) => {
    const { nonce, nc } = parametersOf(headers.get('authorization') ?? undefined);
    if (nonce === undefined) {
      const challenge = 'Digest realm="r", nonce="a", qop="auth"';
      return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
    }
    used.push(`${nonce} ${nc}`);
    if (url.pathname === '/late') await late.promise;
    const nextnonce = { a: 'b', b: 'c', c: 'c' }[nonce];
    return new Response(null, { headers: { 'authentication-info': `nextnonce="${nextnonce}"` } });
  });
  const api = open({ baseUrl: 'http://a.test/', transport, auth: auth() });
  const first = api.get('late');
  await expect.poll(() => used).toHaveLength(1);
  for (const path of ['1', '2', '3']) await api.get(path);
  late.resolve();
  await first;
  await api.get('4');
  expect(new Set(used).size).toBe(5);
});

test.each([
  ['an algorithm that nobody knows', 'Digest realm="r", nonce="n", algorithm=SHA-1, qop="auth"'],
  ['a qop that nobody knows', 'Digest realm="r", nonce="n", qop="auth-conf"'],
  ['no nonce', 'Digest realm="r", qop="auth"'],
  ['a realm that is there twice', 'Digest realm="r", realm="s", nonce="n", qop="auth"'],
  ['a session key without a qop', 'Digest realm="r", nonce="n", algorithm=MD5-sess'],
  ['a quote that never ends', `Digest realm="${'x'.repeat(10_000)}, nonce="n"`],
  ['no challenge at all', ''],
])('A8: %s is not answered', async (_title, header) => {
  const { origin, seen } = await startDigestServer({
    '/': { algorithms: [], before: header },
  });
  expect((await open({ baseUrl: origin, auth: auth() }).get('x')).status).toBe(401);
  expect(seen).toHaveLength(1);
});

test.each([
  ['a\nb', 'p'],
  ['u', 'p\0'],
  [undefined, 'p'],
])('digest(%j, %j) is refused at once', (user, password) => {
  expect(() => digest(user as string, password)).toThrow(InvalidRequestError);
});
