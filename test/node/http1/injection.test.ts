import { InvalidRequestError, type RequestOptions, SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { readHeaders } from '../../../src/request/headers.ts';
import { open, reasonOf, rejection } from '../../support/contract.ts';
import { growth, linear } from '../../support/growth.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

const attack = 'x\r\nx-evil: 1\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n';
const tricky = { toString: () => attack };

const vectors: [string, (origin: string) => [string, RequestOptions]][] = [
  ['a header value', (origin) => [origin, { headers: { 'x-a': attack } }]],
  ['a header name', (origin) => [origin, { headers: { [attack]: '1' } }]],
  [
    'a header value that is an object',
    (origin) => [origin, { headers: { 'x-a': tricky as never } }],
  ],
  [
    'a header value that is an array',
    (origin) => [origin, { headers: { 'x-a': ['a', attack] as never } }],
  ],
  [
    'a header value that is a Buffer',
    (origin) => [origin, { headers: { 'x-a': Buffer.from(attack) as never } }],
  ],
  ['header pairs', (origin) => [origin, { headers: [['x-a', attack]] }]],
  ['an accept header', (origin) => [origin, { headers: { accept: attack } }]],
  [
    'a content-type',
    (origin) => [origin, { method: 'POST', body: 'x', headers: { 'content-type': attack } }],
  ],
  ['a host header', (origin) => [origin, { headers: { host: attack } }]],
  ['a connection header', (origin) => [origin, { headers: { connection: attack } }]],
  ['an upgrade header', (origin) => [origin, { headers: { upgrade: attack } }]],
  [
    'a content-length',
    (origin) => [origin, { method: 'POST', body: 'x', headers: { 'content-length': attack } }],
  ],
  ['a cookie header', (origin) => [origin, { headers: { cookie: attack } }]],
  ['a method', (origin) => [origin, { method: attack }]],
  ['a method that is an object', (origin) => [origin, { method: tricky as never }]],
  ['a per-call cookie value', (origin) => [origin, { cookies: { a: attack } }]],
  ['a per-call cookie name', (origin) => [origin, { cookies: { [attack]: '1' } }]],
  ['a search parameter', (origin) => [origin, { searchParams: { a: attack, [attack]: '1' } }]],
  ['a search string', (origin) => [origin, { searchParams: attack }]],
  ['a path', (origin) => [`${origin}/${attack}`, {}]],
  ['a query', (origin) => [`${origin}/?${attack}`, {}]],
  ['a fragment', (origin) => [`${origin}/#${attack}`, {}]],
  ['userinfo', (origin) => [origin.replace('://', `://user:${encodeURIComponent(attack)}@`), {}]],
  [
    'the type of a Blob',
    (origin) => [origin, { method: 'POST', body: new Blob(['x'], { type: attack }) }],
  ],
  [
    'the brand of a foreign Blob with a bad type',
    (origin) => [origin, { method: 'POST', body: Object.assign(new Blob(['x']), {}) }],
  ],
  ['a form', (origin) => [origin, { method: 'POST', form: { [attack]: attack } }]],
  [
    'the name of a multipart field',
    (origin) => [origin, { method: 'POST', body: multipart((form) => form.append(attack, 'x')) }],
  ],
  [
    'the name of a multipart file',
    (origin) => [
      origin,
      { method: 'POST', body: multipart((form) => form.append('f', new File(['x'], attack))) },
    ],
  ],
  [
    'the type of a multipart file',
    (origin) => [
      origin,
      {
        method: 'POST',
        body: multipart((form) => form.append('f', new File(['x'], 'f', { type: attack }))),
      },
    ],
  ],
];

function multipart(fill: (form: FormData) => void): FormData {
  const form = new FormData();
  fill(form);
  return form;
}

describe('I1: a line break never becomes a header or a request', () => {
  test.each(vectors)('in %s', async (_name, vector) => {
    const server = await rawServer(always(answer('ok')));
    const session = open({ retry: 0, timeout: { total: 3000 } });
    const [url, options] = vector(server.origin);
    const outcome = await session.request(url, options).then(
      (response) => response.status,
      (error: unknown) => error,
    );
    if (outcome === 200) {
      expect(server.requests).toHaveLength(1);
      expect(server.requests[0]?.head.toLowerCase()).not.toContain('\nx-evil');
      expect(server.peers[0]?.received).toBe(server.requests[0]?.raw);
      expect(server.requests[0]?.target).not.toContain('smuggled HTTP');
    } else {
      expect(SessionError.is(outcome)).toBe(true);
      expect(server.peers.map((peer) => peer.received).join('')).toBe('');
    }
    // Whatever happened, the next call is a clean one.
    expect(await session.get(`${server.origin}/clean`).text()).toBe('ok');
    expect(server.requests.at(-1)?.target).toBe('/clean');
  });

  test.each(
    Array.from({ length: 33 }, (_, code) => (code === 32 ? 127 : code)).filter(
      (code) => code !== 9,
    ),
  )('the control character %i in a header value is refused', async (code) => {
    const server = await rawServer(always(answer('ok')));
    // Fetch trims white space at the ends, so it stands in the middle.
    const outcome = await open({ retry: 0 })
      .get(server.origin, { headers: { 'x-a': `a${String.fromCharCode(code)}b` } })
      .then(
        (response) => response.status,
        (error: unknown) => error,
      );
    if (code === 0 || code === 10 || code === 13)
      expect(outcome).toBeInstanceOf(InvalidRequestError);
    else if (outcome !== 200) expect(SessionError.is(outcome)).toBe(true);
    for (const request of server.requests)
      expect(request.lines.filter((line) => line.startsWith('x-a')).length).toBeLessThan(2);
  });
});

describe('I3: framing headers belong to the library', () => {
  test.each<[string, RequestOptions]>([
    ['transfer-encoding', { headers: { 'Transfer-Encoding': 'chunked' } }],
    ['transfer-encoding on a GET', { method: 'GET', headers: { 'transfer-encoding': 'chunked' } }],
    ['a content-length that is too short', { body: 'hello', headers: { 'content-length': '1' } }],
    ['a content-length that is too long', { body: 'hello', headers: { 'content-length': '50' } }],
    ['a content-length that is no number', { body: 'hello', headers: { 'content-length': '0x5' } }],
    [
      'two content-lengths',
      {
        body: 'hello',
        headers: [
          ['content-length', '5'],
          ['content-length', '5'],
        ],
      },
    ],
    [
      'two hosts',
      {
        headers: [
          ['host', 'a'],
          ['Host', 'b'],
        ],
      },
    ],
    ['two hosts in one', { headers: { host: 'a, b' } }],
    ['a host that is more than a host', { headers: { host: 'a/b?c' } }],
    ['a host with userinfo', { headers: { host: 'user:pass@a' } }],
  ])('%s is refused before anything is sent', async (_name, options) => {
    const server = await rawServer(always(answer('ok')));
    const session = open({ retry: 0, timeout: { total: 2000 } });
    await rejection(
      session.request(server.origin, { method: 'POST', ...options }),
      InvalidRequestError,
    );
    expect(server.peers.map((peer) => peer.received).join('')).toBe('');
    expect(await session.get(server.origin).text()).toBe('ok');
  });

  test.each(['GET', 'POST', 'DELETE'])(
    'a content-length without a body is refused or put right: %s',
    async (method) => {
      const server = await rawServer(always(answer('ok')));
      const outcome = await open({ retry: 0, timeout: { total: 2000 } })
        .request(server.origin, { method, headers: { 'content-length': '5' } })
        .text()
        .catch((error: unknown) => error);
      if (outcome !== 'ok') expect(outcome).toBeInstanceOf(InvalidRequestError);
      expect(server.peers.map((peer) => peer.received).join('')).not.toMatch(/content-length: 5/i);
    },
  );

  test('a stream of more or fewer bytes than its content-length is an error alone', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = open({ retry: 0, timeout: { total: 2000 } });
    for (const length of ['3', '9']) {
      const error = await reasonOf(
        session.post(server.origin, { body: ['he', 'llo'], headers: { 'content-length': length } }),
      );
      expect(SessionError.is(error)).toBe(true);
    }
    expect(await session.get(`${server.origin}/clean`).text()).toBe('ok');
    expect(server.requests.at(-1)).toMatchObject({ method: 'GET', target: '/clean' });
  });

  test.each(['a.test', 'a.test:80', 'A_b.test:', '[::1]:8080', '127.0.0.1', ''])(
    'the host %j is one',
    async (host) => {
      const server = await rawServer(always(answer('ok')));
      await open({ retry: 0 }).get(server.origin, { headers: { host } });
      expect(server.requests[0]?.lines.filter((line) => /^host:/i.test(line))).toEqual([
        `host: ${host}`,
      ]);
    },
  );

  test('C14 and C19: there is one host header and one cookie header, whatever is set', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = open({ baseUrl: server.origin });
    await session.cookies.set('mine=1');
    await session.get('', {
      headers: { host: 'other.test', cookie: 'own=2' },
      cookies: { call: '3' },
    });
    const lines = server.requests[0]?.lines.map((line) => line.toLowerCase()) ?? [];
    expect(lines.filter((line) => line.startsWith('host:'))).toEqual(['host: other.test']);
    expect(lines.filter((line) => line.startsWith('cookie:'))).toEqual([
      'cookie: mine=1; own=2; call=3',
    ]);
    expect((await session.cookies.export()).map(({ domain }) => domain)).toEqual(['127.0.0.1']);
  });

  test.each(['keep-alive', 'close', 'x-secret', 'upgrade, x'])(
    'connection: %s goes out as it may or is a typed error',
    async (value) => {
      const server = await rawServer(always(answer('ok')));
      const session = open({ retry: 0 });
      const outcome = await session
        .get(server.origin, { headers: { connection: value } })
        .text()
        .catch((error: unknown) => error);
      if (outcome !== 'ok') expect(outcome).toBeInstanceOf(InvalidRequestError);
      for (const request of server.requests)
        expect(
          request.lines.filter((line) => line.toLowerCase().startsWith('connection:')).length,
        ).toBeLessThan(2);
    },
  );

  test.each(['expect', 'upgrade', 'keep-alive', 'te', 'trailer'])(
    'F8: the header %s does not break the call in an untyped way',
    async (name) => {
      const server = await rawServer(always(answer('ok')));
      const value = { expect: '100-continue', upgrade: 'websocket' }[name] ?? 'x';
      const outcome = await open({ retry: 0, timeout: { total: 2000 } })
        .get(server.origin, { headers: { [name]: value } })
        .text()
        .catch((error: unknown) => error);
      if (outcome !== 'ok') expect(outcome).toBeInstanceOf(InvalidRequestError);
    },
  );
});

describe('I6: one parser decides who is called and what is sent', () => {
  test.each([
    'http://{host}#@evil.test/',
    'http://{host}/\\@evil.test/',
    'http://{host}\\@evil.test/',
    'http://{host}?@evil.test/',
    '\thttp://{host}/\n',
    'http:{host}',
    'http:\\\\{host}\\x',
  ])('%s reaches the host of the URL standard', async (form) => {
    const server = await rawServer(always(answer('ok')));
    expect(
      await open({ retry: 0 })
        .get(form.replace('{host}', `127.0.0.1:${server.port}`))
        .text(),
    ).toBe('ok');
    expect(
      server.requests[0]?.lines
        .find((line) => line.toLowerCase().startsWith('host:'))
        ?.slice(5)
        .trim(),
    ).toBe(`127.0.0.1:${server.port}`);
  });

  test.each([
    'http://127.0.0.1%2f@evil.test:1/',
    'http://a%00b/',
    'http://a%2fb/',
    'http://exa mple/',
    'http://[::1]%/',
    'http://127.0.0.1:port/',
  ])('%s is refused or is another host', async (url) => {
    const error = await reasonOf(open({ retry: 0, timeout: { total: 2000 } }).get(url));
    expect(SessionError.is(error)).toBe(true);
  });
});

test.each<[string, (length: number) => string]>([
  ['between two letters', (length) => `a${' '.repeat(length)}b`],
  ['and nothing else', (length) => '\t'.repeat(length)],
])('a header value of many blanks, %s, is read in linear time', (_name, make) => {
  expect(growth(make, (value) => readHeaders({ 'x-a': value }))).toBeLessThan(linear);
});
