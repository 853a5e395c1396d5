import { EventEmitter, once } from 'node:events';
import { InvalidRequestError, type Session } from 'isosession';
import { forwardSession } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { open, sent, sites, thrown } from '../support/contract.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';
import { madeUp, pages, visit } from './visitors.ts';

const hostile = [
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'content-length',
  'content-type',
  'content-encoding',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded',
  'x-real-ip',
  'x-original-url',
  'x-rewrite-url',
  'x-host',
  'x-http-method-override',
  'true-client-ip',
  'cf-connecting-ip',
  'client-ip',
  'via',
  'origin',
  'referer',
  'sec-fetch-site',
  'sec-websocket-key',
  'authorization',
  'set-cookie',
  'cookie2',
  'x-secret',
  '__proto__',
  'constructor',
];

describe('hostile requests', () => {
  test('40 header names and foreign hosts reach no backend; evil has no connection', async () => {
    const backend = await rawServer(always(answer('ok')));
    const evil = await rawServer(always(answer('evil')));
    const api = open({ baseUrl: backend.origin });
    const host = `127.0.0.1:${evil.port}`;
    const port = await pages(async (request, response) => {
      const session = forwardSession(api, request, { to: [backend.origin] });
      await session.get('data');
      response.end();
    });
    const lines = hostile
      .filter(
        (name) =>
          ![
            'host',
            'connection',
            'transfer-encoding',
            'content-length',
            'expect',
            'upgrade',
            'keep-alive',
          ].includes(name),
      )
      .map((name) => `${name}: http://${host}/cAnArY`);
    const visitor = await visit(
      port,
      [
        'GET / HTTP/1.1',
        `Host: ${host}`,
        'Connection: keep-alive, X-Secret, Tracestate',
        'keep-alive: cAnArY',
        ...lines,
        'tracestate: cAnArY',
        'x-request-id: one',
        'X-Request-Id: two',
        'accept-language: de',
        '',
        '',
      ].join('\r\n'),
    );
    await once(visitor, 'data');
    const [request] = backend.requests;
    expect(request?.raw).not.toMatch(new RegExp(`cAnArY|:${evil.port}`));
    expect(request?.lines.map((line) => line.toLowerCase().replace(/:.*/, '')).sort()).toEqual([
      'accept',
      'accept-encoding',
      'accept-language',
      'connection',
      'host',
      'user-agent',
      'x-request-id',
    ]);
    expect(request?.lines).toContain('x-request-id: one, two');
    expect(evil.peers).toHaveLength(0);
  });

  test.each(['/', '//{evil}/x', '/\\{evil}/x', 'http://{evil}/x'])(
    'a base URL of the incoming request is none of Host: evil, whatever the target: %j',
    async (target) => {
      const evil = await rawServer(always(answer('evil')));
      const host = `127.0.0.1:${evil.port}`;
      const port = await pages(async (request, response) => {
        const errors: unknown[] = [];
        for (const allowedHosts of [['www.example.com'], [`127.0.0.1:${port}`]]) {
          try {
            const session = forwardSession(open(), request, { to: [], allowedHosts });
            await session.get(request.url ?? '/', { retry: 0 });
          } catch (error) {
            errors.push(error);
          }
        }
        response.end(String(errors.filter((error) => error instanceof InvalidRequestError).length));
      });
      const visitor = await visit(
        port,
        `GET ${target.replace('{evil}', host)} HTTP/1.1\r\nHost: ${host}\r\n` +
          `X-Forwarded-Host: 127.0.0.1:${port}\r\nForwarded: host=www.example.com\r\n\r\n`,
      );
      const [bytes] = (await once(visitor, 'data')) as [Buffer];
      expect(String(bytes)).toMatch(/\r\n\r\n(?:1\r\n)?2/);
      expect(evil.peers).toHaveLength(0);
    },
  );

  test.each([
    ['www.example.com', 'http://www.example.com/'],
    ['WWW.EXAMPLE.COM:80', 'http://www.example.com/'],
    ['www.example.com:8080', undefined],
    ['user@www.example.com', undefined],
    ['www.example.com@evil', undefined],
    ['www.example.com/', undefined],
    ['www.example.com\\evil', undefined],
    ['//www.example.com', undefined],
    ['www.example.com.', undefined],
    ['www.example.com#', undefined],
    ['www.example.com?', undefined],
    ['www.example.com evil', undefined],
    ['evil, www.example.com', undefined],
    ['', undefined],
    [undefined, undefined],
    ['www.example.com:', undefined],
    ['www.example.com:99999', undefined],
    ['[::1]:3000', 'http://[::1]:3000/'],
    ['[::2]:3000', undefined],
  ])('the Host %j gives the base URL %j', (host, expected) => {
    const derive = (): Session =>
      forwardSession(open(), madeUp({ host }) as never, {
        to: [],
        allowedHosts: ['www.example.com', '[::1]:3000'],
      });
    if (expected) expect(derive().baseUrl?.toString()).toBe(expected);
    else thrown(derive, InvalidRequestError);
  });

  test('a host of HTTP/2 and of TLS counts, too', () => {
    const request = {
      headers: { ':authority': 'www.example.com' },
      socket: Object.assign(new EventEmitter(), { encrypted: true }),
    };
    expect(
      forwardSession(open(), request, {
        to: [],
        allowedHosts: ['www.example.com'],
      }).baseUrl?.toString(),
    ).toBe('https://www.example.com/');
  });

  test('a line break, a NUL, an inherited header and no cookie at all are left out', async () => {
    const { a } = sites();
    const headers = Object.assign(Object.create({ 'x-request-id': 'inherited' }) as object, {
      'accept-language': 'de\r\nx-injected: 1',
      traceparent: 'a\0b',
      tracestate: ['a=1', 'b=2'],
      cookie: ['bad=\r\n', 'x=\u2028; theme=2; end=\xc3\xa0'],
    });
    await forwardSession(open({ baseUrl: a.base }), madeUp(headers as never) as never, {
      to: [a.origin],
    }).get('echo');
    const entry = await a.request();
    expect(
      ['accept-language', 'x-injected', 'traceparent', 'tracestate', 'x-request-id', 'cookie'].map(
        (name) => sent(entry, name),
      ),
    ).toEqual([undefined, undefined, undefined, 'a=1, b=2', undefined, 'theme=2; end=\xc3\xa0']);
  });
});
