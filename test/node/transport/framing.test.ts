import {
  fetchTransport,
  type RequestOptions,
  Session,
  SessionError,
  type Transport,
} from 'isosession';
import { crossFetchTransport } from 'isosession/cross-fetch';
import { undiciTransport } from 'isosession/node';
import { Agent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { arrivals, canary } from '../../support/canaries.ts';
import { loopbackSites } from '../../support/loopback-sites.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

const transports: Record<string, () => Transport> = {
  undiciTransport,
  'undiciTransport with a dispatcher'() {
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.destroy());
    return undiciTransport({ dispatcher });
  },
  fetchTransport,
  crossFetchTransport,
};

function open(transport: Transport): Session {
  const session = new Session({ transport, retry: 0, timeout: { total: 3000 } });
  onTestFinished(() => session.destroy());
  return session;
}

/** A header of the caller's that a connection or a proxy in between would act on. */
const dropped = {
  connection: 'x-canary',
  'keep-alive': 'canary',
  'proxy-connection': 'canary',
  te: 'canary',
  trailer: 'canary',
  upgrade: 'canary',
  expect: 'canary',
  'http2-settings': 'canary',
  'proxy-authorization': 'canary',
};

const smuggled = 'GET /internal HTTP/1.1\r\nhost: a\r\n\r\n';

const contradictions: { name: string; options: RequestOptions }[] = [
  { name: 'too short a length', options: { body: smuggled, headers: { 'content-length': '1' } } },
  { name: 'too long a length', options: { body: 'a', headers: { 'content-length': '36' } } },
  {
    name: 'too short a length of bytes',
    options: { body: new TextEncoder().encode(smuggled), headers: { 'content-length': '0' } },
  },
  { name: 'no number', options: { body: 'a', headers: { 'content-length': '0x1' } } },
  {
    name: 'a transfer-encoding',
    options: { body: '0\r\n\r\n', headers: { 'transfer-encoding': 'chunked' } },
  },
];

describe.each(Object.entries(transports))('I3: %s frames its messages itself', (_, make) => {
  test.each(Object.entries(dropped))('and drops %s', async (name, value) => {
    const server = await rawServer(always(answer('ok')));
    const session = open(make());
    expect(
      await session.post(server.origin, { body: 'a', headers: { [name]: value } }).text(),
    ).toBe('ok');
    expect(server.requests[0]?.head).not.toContain('canary');
  });

  test.each(contradictions)('and refuses $name', async ({ options }) => {
    const server = await rawServer(always(answer('ok')));
    const session = open(make());
    const outcome: unknown = await session
      .post(server.origin, options)
      .text()
      .catch((error: unknown) => error);
    expect(SessionError.is(outcome)).toBe(true);
    expect(await session.get(`${server.origin}/next`).text()).toBe('ok');
    expect(server.requests.map(({ target }) => target)).toEqual(['/next']);
  });

  test.each(['1', '36'])('and no stream by a length of %s that is not its own', async (length) => {
    const server = await rawServer(always(answer('ok')));
    const session = open(make());
    const body = () => new Response('ab').body as ReadableStream<Uint8Array>;
    const outcome: unknown = await session
      .post(server.origin, { body, headers: { 'content-length': length } })
      .text()
      .catch((error: unknown) => error);
    expect(outcome === 'ok' || SessionError.is(outcome)).toBe(true);
    expect(await session.get(`${server.origin}/next`).text()).toBe('ok');
    const [last] = server.requests.slice(-1);
    expect([last?.method, last?.target]).toEqual(['GET', '/next']);
  });

  test('and drops a length without a body', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = open(make());
    await session.post(server.origin, { headers: { 'content-length': '36' } });
    await session.get(`${server.origin}/next`);
    expect(server.requests.map(({ head }) => head).join('')).not.toMatch(/content-length: 36/i);
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  test('and takes the length that the body has, once', async () => {
    const server = await rawServer(always(answer('ok')));
    await open(make()).post(server.origin, { body: 'äb', headers: { 'content-length': '3' } });
    const lines = server.requests[0]?.lines.filter((line) => /^content-length:/i.test(line));
    expect(lines?.map((line) => line.toLowerCase())).toEqual(['content-length: 3']);
  });
});

test('R4: a default proxy-authorization does not go where noProxy leads directly', async () => {
  const { proxy, target } = await loopbackSites('proxy', 'target');
  const secret = canary();
  const session = open(undiciTransport()).extend({
    headers: { 'proxy-authorization': `Bearer ${secret}` },
    proxy: { all: proxy.origin, noProxy: new URL(target.origin).host },
  });
  await session.get(target.url('echo'));
  await session.get('http://elsewhere.test/t/proxied/echo').catch(() => {});
  await session.get('http://elsewhere.test/');
  expect(await target.requests()).toHaveLength(1);
  expect(await arrivals({ target }, secret)).toEqual({});
});
