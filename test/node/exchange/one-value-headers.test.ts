import { fetchTransport, NetworkError, type Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, open, rejection } from '../../support/contract.ts';
import { alwaysOn, h2Server } from '../../support/h2-raw.ts';
import { openHttp2 } from '../../support/http2.ts';
import { always, answer, headLines, rawServer } from '../../support/raw-server.ts';

type Fields = [name: string, value: string][];

/** A session, and a server whose first answer has these headers; all others are `here`. */
interface Answering {
  readonly session: Session;
  readonly origin: string;
  readonly requests: () => number;
}

async function overHttp1(session: Session, status: number, fields: Fields): Promise<Answering> {
  const head = headLines(`${status} OK`, ...fields.map(([name, value]) => `${name}: ${value}`));
  const server = await rawServer(
    always(() => (server.requests.length === 1 ? answer('there', head) : answer('here'))),
  );
  return { session, origin: server.origin, requests: () => server.requests.length };
}

describe.each<[name: string, serve: (status: number, fields: Fields) => Promise<Answering>]>([
  ['HTTP/1.1', (...head) => overHttp1(open({ retry: 0 }), ...head)],
  [
    "fetchTransport over Node's fetch",
    (...head) => overHttp1(open({ retry: 0, transport: fetchTransport() }), ...head),
  ],
  [
    'HTTP/2',
    async (status, fields) => {
      const server = await h2Server(
        alwaysOn((peer, stream) => {
          if (stream !== 1) return peer.answer(stream, 'here');
          peer.headers(stream, [[':status', String(status)], ...fields]);
          peer.data(stream, 'there', true);
        }),
      );
      const requests = () => server.peers[0]?.requests.length ?? 0;
      return { session: openHttp2(), origin: server.origin, requests };
    },
  ],
])('I10: over %s', (name, serve) => {
  const redirect = (...locations: string[]) =>
    serve(
      302,
      locations.map((value) => ['location', value]),
    );

  test.each([
    ['/a', '/a'],
    ['a', 'a', 'a'],
    ['/a, b', '/a, b'],
    ['http://localhost:1/a', 'http://localhost:1/a'],
  ])('equal Locations are one', async (...locations) => {
    const { session, origin } = await redirect(...locations);
    const [first = ''] = locations;
    const response = await session.get(`${origin}/`, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe(locations.join(', '));
    const again = await redirect(...locations);
    const { href } = new URL(first, again.origin);
    const urls: string[] = [];
    again.session.use(
      (request, next) => {
        urls.push(request.url.href);
        return request.hop ? Promise.resolve(new Response()) : next(request);
      },
      { around: 'hop' },
    );
    await again.session.get(again.origin);
    expect(urls).toEqual([`${again.origin}/`, href]);
  });

  test.each([
    ['/a', '/b'],
    ['/a', '/a', 'https://example.com/'],
    ['//a.test/', 'HTTPS://a.test/'],
    ['a', 'b'],
    ['a', '/b'],
    ['a?x', 'b?x'],
    ['?a', '?b'],
    ['../a', './b'],
    ['/a, b', 'b, /a'],
    // What fetch has joined cannot be told from one URL.
    ...(name.startsWith('fetch') ? [] : [['/a', 'b']]),
  ])('different Locations lead nowhere: %s and %s', async (...locations) => {
    const { session, origin, requests } = await redirect(...locations);
    const error = await rejection(session.get(origin), NetworkError);
    expect(error.message).toBe(
      `GET ${origin}/: Redirected to several places: Location headers differ`,
    );
    expect(requests()).toBe(1);
  });

  test('a Location with a comma is one', async () => {
    const { session, origin } = await redirect('/a?q=Smith, John');
    expect((await session.get(origin)).url).toBe(`${origin}/a?q=Smith,%20John`);
  });

  test.each([[[]], [['']]])('a redirect to nowhere is the response: %j', async (locations) => {
    const { session, origin, requests } = await redirect(...locations);
    const response = await session.get(origin);
    expect([response.status, response.redirected, await response.text()]).toEqual([
      302,
      false,
      'there',
    ]);
    expect(requests()).toBe(1);
  });

  test.each([
    ['/caf\xe9', '/caf%E9'],
    ['/caf\xc3\xa9', '/caf%C3%A9'],
    ['/a?\xff=\xe2\x82\xac', '/a?%FF=%E2%82%AC'],
  ])('I11: the bytes of a Location are requested: %j', async (location, path) => {
    const { session, origin } = await redirect(location);
    expect((await session.get(origin)).url).toBe(origin + path);
  });

  test('a Location that a middleware has set is followed', async () => {
    const { session, origin } = await redirect('/a', '/b');
    session.use(
      async (request, next) => {
        const response = await next(request);
        const headers = new Headers(response.headers);
        if (response.status === 302) headers.set('location', '/c');
        return new Response(response.body, { status: response.status, headers });
      },
      { around: 'hop' },
    );
    expect((await session.get(origin)).url).toBe(`${origin}/c`);
  });

  test('a type and a link that come twice are read as one', async () => {
    const twice = (field: string, value: string): Fields => [
      [field, value],
      [field, value],
    ];
    const { session, origin } = await serve(200, [
      ...twice('content-type', 'text/plain;charset=iso-8859-7'),
      ...twice('link', '</caf\xe9>; rel=next'),
    ]);
    const response = await session.get(origin);
    expect(response.links['next']?.url).toBe(`${origin}/caf%E9`);
    expect(await response.text('auto')).toBe('there');
  });
});

test('a Content-Length that comes twice tells how much will come', async () => {
  const totals: number[] = [];
  const session = open({
    transport: inProcess(() => new Response('there', { headers: { 'content-length': '5, 5' } })),
    onDownloadProgress: ({ totalBytes }) => totals.push(totalBytes),
  });
  await session.get('http://app.test/').text();
  expect(totals).toEqual([5]);
});
