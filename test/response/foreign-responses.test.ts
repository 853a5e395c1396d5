import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchTransport, InvalidRequestError, Session, UnsupportedError } from 'isosession';
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

/** What SvelteKit's universal `load` gives on the server: no private member can be read. */
function kitResponse(response: Response): Response {
  const get = response.headers.get.bind(response.headers);
  response.headers.get = (name) => {
    if (name.toLowerCase() !== 'content-type' && get(name) !== null)
      throw new Error(`Failed to get response header "${name}"`);
    return get(name);
  };
  return new Proxy(response, {
    get: (target, key) => Reflect.get(target, key, target) as unknown,
  });
}

test('over a Proxy around the Response a header that throws counts as absent', async () => {
  let calls = 0;
  const session = new Session({
    transport: fetchTransport({
      fetch: async (_, init) => {
        calls++;
        return kitResponse(await fetch(`${base}echo`, init));
      },
    }),
  });
  const response = await session.get(`${base}echo`);
  expect([response.status, response.headers.get('content-length')]).toEqual([200, null]);
  expect((await response.clone().json<Echo>()).body).toBe('');
  expect((await response.json<Echo>()).body).toBe('');
  expect(calls).toBe(1);
});

test('a Response that cannot be read is no failure of the network, and not retried', async () => {
  let calls = 0;
  const session = new Session({
    transport: fetchTransport({
      fetch: () => {
        calls++;
        return new Proxy(new Response('x'), {
          get(target, key) {
            if (key === 'headers') throw new RangeError('of the host');
            return Reflect.get(target, key, target) as unknown;
          },
        });
      },
    }),
  });
  const error = await reasonOf(session.get(`${base}echo`));
  expect(error).toBeInstanceOf(InvalidRequestError);
  expect((error as Error).message).toContain('of the host');
  expect(calls).toBe(1);
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
  for (const key of ['status', 'statusText', 'headers', 'body', 'bodyUsed', 'type', 'url', 'redirected'])
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

/** React Native's: a head, and a body that is had only whole. */
function withoutStreams(text: string): Response {
  let bodyUsed = false;
  const fields = {
    status: 200,
    statusText: 'OK',
    ok: true,
    url: `${base}native`,
    headers: new Headers({ 'x-native': '1' }),
    bodyUsed,
    arrayBuffer: async () => {
      if (bodyUsed) throw new TypeError('Already read');
      bodyUsed = true;
      return (await new Blob([text]).arrayBuffer()) as ArrayBuffer;
    },
  };
  return fields as unknown as Response;
}

describe('over a host whose Response has no body', () => {
  const native = (text: string, options = {}) =>
    new Session({
      ...options,
      transport: fetchTransport({ fetch: () => withoutStreams(text) }),
    });

  test('it is read whole, and so are its clones', async () => {
    const response = await native('whole').get(base);
    expect([response.url, response.headers.get('x-native')]).toEqual([`${base}native`, '1']);
    const clone = response.clone();
    expect([await clone.text(), await response.text()]).toEqual(['whole', 'whole']);
    expect(response.bodyUsed).toBe(true);
    const lines = [];
    for await (const line of native('a\nb').get(base).lines()) lines.push(line);
    expect(lines).toEqual(['a', 'b']);
  });

  test('limits hold, and progress is told', async () => {
    const error = await reasonOf(native('whole', { maxResponseSize: 3 }).get(base).text());
    expect(error).toMatchObject({ code: 'ERR_RESPONSE_TOO_LARGE' });
    const told: number[] = [];
    await native('whole', {
      onDownloadProgress: ({ transferredBytes, percent }: Record<string, number>) =>
        told.push(transferredBytes as number, percent as number),
    })
      .get(base)
      .text();
    expect(told.slice(-2)).toEqual([5, 1]);
  });
});
