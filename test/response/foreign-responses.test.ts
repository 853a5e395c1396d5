import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchTransport, Session, UnsupportedError } from 'isosession';
import makeFetchHappen from 'make-fetch-happen';
import nodeFetch from 'node-fetch';
import { fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { reasonOf } from '../support/contract.ts';

type Fetch = NonNullable<NonNullable<Parameters<typeof fetchTransport>[0]>['fetch']>;

let base: string;
const server = createServer((request, response) => {
  void request.toArray().then((chunks: Buffer[]) => {
    if (request.url === '/redirect')
      return void response.writeHead(302, { location: '/echo' }).end();
    if (request.url === '/empty') return void response.writeHead(204).end();
    response.setHeader('set-cookie', ['a=1; Path=/', 'b=2; Path=/']);
    response.end(
      JSON.stringify({
        type: request.headers['content-type'],
        cookie: request.headers.cookie,
        body: Buffer.concat(chunks).toString(),
      }),
    );
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close().closeAllConnections());

interface Echo {
  type?: string;
  cookie?: string;
  body: string;
}

const open = (fetch: unknown) =>
  new Session({ baseUrl: base, retry: 0, transport: fetchTransport({ fetch: fetch as Fetch }) });

describe.each([
  ['node-fetch 3', nodeFetch],
  ['make-fetch-happen', makeFetchHappen],
  ["undici's own fetch", undiciFetch],
])('over %s', (_, fetch) => {
  test('bodies, clones, redirects and cookies are as over any fetch', async () => {
    const session = open(fetch);
    const response = await session.get('redirect');
    expect([response.url, response.redirected]).toEqual([`${base}echo`, true]);
    const clone = response.clone();
    expect(response).toBeInstanceOf(Response);
    expect([(await clone.json<Echo>()).body, (await response.json<Echo>()).body]).toEqual(['', '']);
    expect((await session.get('echo').json<Echo>()).cookie).toBe('a=1; b=2');
    expect(await session.get('empty').text()).toBe('');
  });

  test('text, bytes and forms arrive as they are', async () => {
    const session = open(fetch);
    const form = new FormData();
    form.append('name', 'value');
    form.append('file', new Blob(['content']), 'file.txt');
    const echo = await session.post('echo', { body: form }).json<Echo>();
    expect(echo.type).toMatch(/^multipart\/form-data; boundary=/);
    const parsed = await new Response(echo.body, {
      headers: { 'content-type': echo.type as string },
    }).formData();
    expect(parsed.get('name')).toBe('value');
    expect(await (parsed.get('file') as File).text()).toBe('content');
    expect((await session.post('echo', { body: 'text' }).json<Echo>()).body).toBe('text');
    const bytes = new TextEncoder().encode('bytes');
    expect((await session.post('echo', { body: bytes }).json<Echo>()).body).toBe('bytes');
  });

  test('a stream arrives, or is refused by name', async () => {
    const call = open(fetch)
      .post('echo', { body: ['one', 'two'] })
      .json<Echo>();
    if (fetch === undiciFetch) expect((await call).body).toBe('onetwo');
    else expect(await reasonOf(call)).toBeInstanceOf(UnsupportedError);
  });
});

test('a server may put a Response of its own in the place of the global one', async () => {
  const Host = Response;
  /** Makes the host's when it is first read, as that of Hono in Node does. */
  class Lazy {
    readonly #given: ConstructorParameters<typeof Response>;
    #made: Response | undefined;

    constructor(...given: ConstructorParameters<typeof Response>) {
      this.#given = given;
    }

    static made(lazy: Lazy): Response {
      return (lazy.#made ??= new Host(...lazy.#given));
    }
  }
  for (const key of [
    'status',
    'statusText',
    'headers',
    'body',
    'bodyUsed',
    'type',
    'url',
    'redirected',
  ])
    Object.defineProperty(Lazy.prototype, key, {
      get(this: Lazy) {
        return Reflect.get(Lazy.made(this), key) as unknown;
      },
    });
  Object.setPrototypeOf(Lazy.prototype, Host.prototype);
  vi.stubGlobal('Response', Lazy);
  onTestFinished(() => void vi.unstubAllGlobals());
  const session = new Session({
    transport: fetchTransport({
      fetch: () => new Response('{"a":1}', { status: 201, headers: { 'set-cookie': 'b=2' } }),
    }),
  });
  const response = await session.get(base);
  expect([response.status, response.cookies, await response.clone().text()]).toEqual([
    201,
    { b: '2' },
    '{"a":1}',
  ]);
  expect(await response.json()).toEqual({ a: 1 });
});
