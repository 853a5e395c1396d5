import { InvalidRequestError, type RequestOptions, SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { readHeaders } from '../../../src/request/headers.ts';
import { open, reasonOf, rejection } from '../../support/contract.ts';
import { growth, linear } from '../../support/growth.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

const attack = 'x\r\nx-evil: 1\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n';
const tricky = { toString: () => attack };

const vectors: { place: string; vector: (origin: string) => [string, RequestOptions] }[] = [
  { place: 'a header value', vector: (origin) => [origin, { headers: { 'x-a': attack } }] },
  { place: 'a header name', vector: (origin) => [origin, { headers: { [attack]: '1' } }] },
  {
    place: 'a header value that is an object',
    vector: (origin) => [origin, { headers: { 'x-a': tricky as never } }],
  },
  {
    place: 'a header value that is an array',
    vector: (origin) => [origin, { headers: { 'x-a': ['a', attack] as never } }],
  },
  {
    place: 'a header value that is a Buffer',
    vector: (origin) => [origin, { headers: { 'x-a': Buffer.from(attack) as never } }],
  },
  { place: 'header pairs', vector: (origin) => [origin, { headers: [['x-a', attack]] }] },
  { place: 'an accept header', vector: (origin) => [origin, { headers: { accept: attack } }] },
  {
    place: 'a content-type',
    vector: (origin) => [
      origin,
      { method: 'POST', body: 'x', headers: { 'content-type': attack } },
    ],
  },
  { place: 'a host header', vector: (origin) => [origin, { headers: { host: attack } }] },
  {
    place: 'a connection header',
    vector: (origin) => [origin, { headers: { connection: attack } }],
  },
  { place: 'an upgrade header', vector: (origin) => [origin, { headers: { upgrade: attack } }] },
  {
    place: 'a content-length',
    vector: (origin) => [
      origin,
      { method: 'POST', body: 'x', headers: { 'content-length': attack } },
    ],
  },
  { place: 'a cookie header', vector: (origin) => [origin, { headers: { cookie: attack } }] },
  { place: 'a method', vector: (origin) => [origin, { method: attack }] },
  {
    place: 'a method that is an object',
    vector: (origin) => [origin, { method: tricky as never }],
  },
  { place: 'a per-call cookie value', vector: (origin) => [origin, { cookies: { a: attack } }] },
  { place: 'a per-call cookie name', vector: (origin) => [origin, { cookies: { [attack]: '1' } }] },
  {
    place: 'a search parameter',
    vector: (origin) => [origin, { searchParams: { a: attack, [attack]: '1' } }],
  },
  { place: 'a search string', vector: (origin) => [origin, { searchParams: attack }] },
  { place: 'a path', vector: (origin) => [`${origin}/${attack}`, {}] },
  { place: 'a query', vector: (origin) => [`${origin}/?${attack}`, {}] },
  { place: 'a fragment', vector: (origin) => [`${origin}/#${attack}`, {}] },
  {
    place: 'userinfo',
    vector: (origin) => [origin.replace('://', `://user:${encodeURIComponent(attack)}@`), {}],
  },
  {
    place: 'the type of a Blob',
    vector: (origin) => [origin, { method: 'POST', body: new Blob(['x'], { type: attack }) }],
  },
  {
    place: 'a type that hides the one of its Blob',
    vector: (origin) => {
      const body = Object.defineProperty(new Blob(['x']), 'type', { value: attack });
      return [origin, { method: 'POST', body }];
    },
  },
  { place: 'a form', vector: (origin) => [origin, { method: 'POST', form: { [attack]: attack } }] },
  {
    place: 'the name of a multipart field',
    vector: (origin) => [
      origin,
      { method: 'POST', body: multipart((form) => form.append(attack, 'x')) },
    ],
  },
  {
    place: 'the name of a multipart file',
    vector: (origin) => [
      origin,
      { method: 'POST', body: multipart((form) => form.append('f', new File(['x'], attack))) },
    ],
  },
  {
    place: 'the type of a multipart file',
    vector: (origin) => [
      origin,
      {
        method: 'POST',
        body: multipart((form) => form.append('f', new File(['x'], 'f', { type: attack }))),
      },
    ],
  },
];

function multipart(fill: (form: FormData) => void): FormData {
  const form = new FormData();
  fill(form);
  return form;
}

describe('I1: a line break never becomes a header or a request', () => {
  test.each(vectors)('in $place', async ({ vector }) => {
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
  test.each<{ name: string; options: RequestOptions }>([
    { name: 'transfer-encoding', options: { headers: { 'Transfer-Encoding': 'chunked' } } },
    {
      name: 'transfer-encoding on a GET',
      options: { method: 'GET', headers: { 'transfer-encoding': 'chunked' } },
    },
    {
      name: 'a content-length that is too short',
      options: { body: 'hello', headers: { 'content-length': '1' } },
    },
    {
      name: 'a content-length that is too long',
      options: { body: 'hello', headers: { 'content-length': '50' } },
    },
    {
      name: 'a content-length that is no number',
      options: { body: 'hello', headers: { 'content-length': '0x5' } },
    },
    {
      name: 'two content-lengths',
      options: {
        body: 'hello',
        headers: [
          ['content-length', '5'],
          ['content-length', '5'],
        ],
      },
    },
    {
      name: 'two hosts',
      options: {
        headers: [
          ['host', 'a'],
          ['Host', 'b'],
        ],
      },
    },
    { name: 'two hosts in one', options: { headers: { host: 'a, b' } } },
    { name: 'a host that is more than a host', options: { headers: { host: 'a/b?c' } } },
    { name: 'a host with userinfo', options: { headers: { host: 'user:pass@a' } } },
  ])('$name is refused before anything is sent', async ({ options }) => {
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

test.each<{ name: string; make: (length: number) => string }>([
  { name: 'between two letters', make: (length) => `a${' '.repeat(length)}b` },
  { name: 'and nothing else', make: (length) => '\t'.repeat(length) },
])('a header value of many blanks, $name, is read in linear time', async ({ make }) => {
  expect(await growth(make, (value) => readHeaders({ 'x-a': value }))).toBeLessThan(linear);
});
