import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Session } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { identities } from '../../support/certificates.ts';
import { errorCode } from '../../support/h2-frames.ts';
import { alwaysOn, h2Server } from '../../support/h2-raw.ts';
import { openHttp2 } from '../../support/http2.ts';

interface Message {
  request: {
    origin: string;
    path: string;
    method: string;
    headers: string[];
    completed: boolean;
    addHeader(name: string, value: string): void;
  };
  response: { statusCode: number; statusText: string; headers: Buffer[] };
  connectParams: Record<string, string>;
  headers: string;
  trailers: Buffer[];
  chunk: Uint8Array;
  socket: { remotePort: number };
  error: Error;
}

/** Listens as long as the test lasts. */
function listen(name: string, listener: (message: Message) => void): void {
  const given = listener as (message: unknown) => void;
  subscribe(name, given);
  onTestFinished(() => void unsubscribe(name, given));
}

/** A server of both versions, for `localhost`. */
async function serve(
  answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): Promise<string> {
  const server = createSecureServer({ ...identities.good, allowHTTP1: true }, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

const hasText = (headers: Buffer[], text: string): boolean =>
  headers.some((header) => header.toString() === text);

/** What is told of the calls of one session, each message in the words that both versions share. */
function record(): string[] {
  const said: string[] = [];
  const say = (name: string, tell: (message: Message) => unknown): void =>
    listen(`undici:${name}`, (message) => void said.push(`${name} ${String(tell(message))}`));
  const of = ({ request }: Message): string => `${request.method} ${request.path}`;
  say('request:create', (m) => `${of(m)} of ${m.request.origin} ${String(m.request.completed)}`);
  say('client:sendHeaders', (m) => `${of(m)} ${String(m.headers.includes('x-mine: 1\r\n'))}`);
  say('request:bodyChunkSent', (m) => `${of(m)} ${m.chunk.length}`);
  say('request:bodySent', of);
  say('request:headers', ({ request, response }) =>
    [request.path, response.statusCode, hasText(response.headers, 'x-theirs')].join(' '),
  );
  say('request:bodyChunkReceived', (m) => `${of(m)} ${m.chunk.length}`);
  say('request:trailers', (m) => `${of(m)} ${String(m.request.completed)} ${m.trailers.join()}`);
  say('request:error', (m) => `${of(m)} ${m.error.name}`);
  say('client:beforeConnect', (m) => [m.connectParams['host'], m.connectParams['port']]);
  say('client:connected', (m) => [m.connectParams['hostname'], m.socket.remotePort]);
  say('client:connectError', (m) => [m.connectParams['protocol'], m.error.message]);
  return said;
}

describe('F44: diagnostics', () => {
  test('tell of calls over HTTP/2 what they tell of those over HTTP/1.1', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/abort') return;
      request.resume().on('end', () => {
        response.statusCode = request.url === '/missing' ? 404 : 200;
        response.setHeader('x-theirs', '1');
        if (request.method === 'HEAD') return void response.end();
        response.setHeader('trailer', 'x-last');
        response.write('a body');
        response.addTrailers({ 'x-last': 'of all' });
        response.end();
      });
    });
    const run = async (session: Session): Promise<void> => {
      await session.get(`${origin}/text?a=1`, { headers: { 'x-mine': '1' } }).text();
      await session.post(`${origin}/bytes`, { body: 'bytes', headers: { 'x-mine': '1' } }).text();
      const body = async function* (): AsyncGenerator<string> {
        yield 'one';
        yield await Promise.resolve('three');
      };
      await session.put(`${origin}/pieces`, { body, headers: { 'x-mine': '1' } }).text();
      await session.head(`${origin}/head`);
      await (await session.get(`${origin}/missing`)).text();
      await session.get(`${origin}/abort`, { timeout: { response: 20 } }).catch(() => {});
      await session.close();
      await openHttp2()
        .get('https://localhost:1/')
        .catch(() => {});
    };
    const said = record();
    await run(openHttp2({}, { http2: false }));
    // undici opens another connection after a HEAD, and tells of an abort twice.
    const overHttp1 = new Set(said.splice(0));
    overHttp1.delete('request:error GET /abort InformationalError');
    await run(openHttp2());
    // A connection is opened before the request is made for it.
    expect(said.sort()).toEqual([...overHttp1].sort());
    expect(said).toHaveLength(40);
  });

  test('give instrumentation a span for each sending, and its header goes out', async () => {
    const seen: unknown[] = [];
    const server = await h2Server(
      alwaysOn((peer, stream) => {
        if (peer.requests.length === 1) peer.reset(stream, errorCode.refusedStream);
        else peer.answer(stream);
      }),
    );
    const origin = await serve((request, response) => {
      seen.push(request.headers['traceparent'], request.headers['x-list']);
      response.end();
    });
    const spans = new Map<object, string>();
    listen('undici:request:create', ({ request }) => {
      const at = request.headers.indexOf('traceparent');
      if (at >= 0) request.headers.splice(at, 2);
      request.addHeader('Traceparent', `span ${spans.size}`);
      request.addHeader('x-list', 'b');
      spans.set(request, 'open');
      expect(() => request.addHeader('not a name', '1')).toThrow(TypeError);
    });
    listen('undici:request:headers', ({ request, response }) => {
      spans.set(request, `${spans.get(request)}, ${response.statusCode}`);
    });
    listen('undici:request:trailers', ({ request }) => {
      spans.set(request, `${spans.get(request)}, done`);
    });
    listen('undici:request:error', ({ request, error }) => {
      spans.set(request, `${spans.get(request)}, ${error.message}`);
    });
    const session = openHttp2({ headers: { traceparent: "the caller's", 'x-list': 'a' } });
    await session.get(origin).text();
    await session.get(server.origin).text();
    expect(seen).toEqual(['span 0', 'a, b']);
    expect([...spans.values()]).toEqual([
      'open, 200, done',
      'open, the server has refused the request',
      'open, 200, done',
    ]);
  });
});
