/**
 * Hosts with a `fetch` that lack something else. Each test takes it away from this process, and
 * then loads the edge entry anew.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SessionOptions, Transport, TransportRequest } from 'isosession';
import { deferred } from '../support/contract.ts';

// Node loads its fetch on first use, which must come before anything is taken away.
void Response;

beforeEach(() => void vi.resetModules());
afterEach(() => void vi.unstubAllGlobals());

/**
 * Loads a fresh copy of the edge entry. Returns a session of it, the requests that its transport
 * saw, and `answer`, which lets the response for `/held` go.
 */
async function load(options: SessionOptions = {}) {
  const { Session } = await import('../../src/index.edge.ts');
  const seen: TransportRequest[] = [];
  const { promise: released, resolve: answer } = deferred();
  const transport: Transport = {
    async send(request) {
      seen.push(request);
      if (request.url.pathname === '/held') await released;
      return new Response('{"answer":42}', { headers: { 'content-type': 'application/json' } });
    },
  };
  return { session: new Session({ ...options, transport }), seen, answer };
}

test('the library works without FinalizationRegistry, as in an early workerd', async () => {
  vi.stubGlobal('FinalizationRegistry', undefined);
  const { session } = await load();
  expect(await (await session.get('http://app.test/')).json()).toEqual({ answer: 42 });
});

describe("where the host's objects do not name themselves, as in workerd before 2024-09-26", () => {
  const types = [Response, Request, Blob, FormData, URLSearchParams, ReadableStream, Headers];
  const tags = types.map(
    (type) =>
      [
        type.prototype,
        Object.getOwnPropertyDescriptor(type.prototype, Symbol.toStringTag),
      ] as const,
  );

  beforeEach(() =>
    tags.forEach(([prototype]) => void Reflect.deleteProperty(prototype, Symbol.toStringTag)),
  );
  afterEach(() =>
    tags.forEach(
      ([prototype, tag]) =>
        void Object.defineProperty(prototype, Symbol.toStringTag, tag as PropertyDescriptor),
    ),
  );

  test('a Request is an input, and its members are read', async () => {
    const { session, seen } = await load();
    await session.request(
      new Request('http://app.test/x', { method: 'POST', headers: { 'x-a': '1' }, body: 'hello' }),
    );
    expect([seen[0]?.method, seen[0]?.url.pathname, seen[0]?.headers.get('x-a')]).toEqual([
      'POST',
      '/x',
      '1',
    ]);
  });

  for (const { name, body, type } of [
    { name: 'a Blob', body: new Blob(['x'], { type: 'text/html' }), type: 'text/html' },
    { name: 'a File', body: new File(['x'], 'x', { type: 'text/css' }), type: 'text/css' },
    {
      name: 'URLSearchParams',
      body: new URLSearchParams('a=1'),
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
    },
    { name: 'FormData', body: new FormData(), type: null },
  ]) {
    test(`${name} is a body, with its type`, async () => {
      const { session, seen } = await load();
      await session.post('http://app.test/', { body });
      expect(seen[0]?.headers.get('content-type') ?? null).toBe(type);
    });
  }

  test('a stream that was read in part is refused', async () => {
    const { session } = await load();
    const stream = new Blob(['used']).stream();
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();
    await expect(session.post('http://app.test/', { body: stream })).rejects.toMatchObject({
      code: 'ERR_INVALID_REQUEST',
    });
  });
});

describe('where a Request has no `body`, as in Firefox', () => {
  const member = Object.getOwnPropertyDescriptor(Request.prototype, 'body') as PropertyDescriptor;
  const make = () => new Request('http://app.test/', { method: 'PUT', body: 'kept' });

  beforeEach(() => void Reflect.deleteProperty(Request.prototype, 'body'));
  afterEach(() => void Object.defineProperty(Request.prototype, 'body', member));

  test('the body that it has is sent, and sent again', async () => {
    const { session, seen } = await load({
      retry: { delay: () => 0, shouldRetry: ({ attempt }) => attempt < 2 },
    });
    const request = make();
    await session.request(request);
    expect(seen.map(({ body }) => new TextDecoder().decode(body as Uint8Array))).toEqual([
      'kept',
      'kept',
    ]);
    expect([seen[0]?.headers.get('content-type'), request.bodyUsed]).toEqual([
      'text/plain;charset=UTF-8',
      true,
    ]);
  });

  test('a used one is refused, unless the call has another body', async () => {
    const { session, seen } = await load();
    const request = make();
    await request.text();
    await expect(session.request(request)).rejects.toMatchObject({ code: 'ERR_INVALID_REQUEST' });
    expect(seen).toEqual([]);
    await session.request(request, { body: 'other' });
    expect(seen[0]?.body).toBe('other');
  });

  test('a GET has none', async () => {
    const { session, seen } = await load();
    await session.request(new Request('http://app.test/'));
    expect(seen[0]?.body).toBeNull();
  });
});

test("a Request of Bun, which always says include, keeps the session's credentials", async () => {
  vi.stubGlobal(
    'Request',
    class extends Request {
      override get credentials(): RequestCredentials {
        return 'include';
      }
    },
  );
  const { session, seen } = await load({ credentials: 'omit' });
  await session.cookies.set('sid=1', 'http://app.test/');
  await session.get(new Request('http://app.test/', { credentials: 'include' }));
  expect(seen[0]?.headers.get('cookie')).toBeNull();
});

test('each call at the edge has timers of its own, and leaves none behind', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { session, answer } = await load();
  const calls = [1, 2].map(() =>
    session.get('http://app.test/held', { timeout: { response: 5000, body: 5000 } }),
  );
  await vi.advanceTimersByTimeAsync(10);
  expect(vi.getTimerCount()).toBe(2);
  answer();
  for (const response of await Promise.all(calls))
    expect(await response.json()).toEqual({ answer: 42 });
  expect(vi.getTimerCount()).toBe(0);
});

describe('React Native', () => {
  /** Its form, which is not iterable. */
  class Form {
    readonly parts: unknown[] = [];
    get [Symbol.toStringTag]() {
      return 'FormData';
    }
    append(...part: unknown[]) {
      this.parts.push(part);
    }
  }

  beforeEach(() => {
    vi.stubGlobal('navigator', { product: 'ReactNative' });
    vi.stubGlobal('ReadableStream', undefined);
  });

  /** A session of the browser's entry, where `fetch` gives bodies whole. */
  async function overNativeFetch(text: string) {
    const { Session } = await import('../../src/index.browser.ts');
    const bodies: unknown[] = [];
    vi.stubGlobal('fetch', async (url: string, { body }: RequestInit) => {
      bodies.push(body);
      const arrayBuffer = async () => new TextEncoder().encode(text).buffer;
      const headers = new Headers({ 'content-type': 'text/event-stream' });
      return { status: 200, statusText: '', url, headers, arrayBuffer };
    });
    return { session: new Session(), bodies };
  }

  test('gives lines and events of a body that is no stream', async () => {
    const { session } = await overNativeFetch('data: 1\n\ndata: 2\n\n');
    const data: string[] = [];
    for await (const event of session.get('http://app.test/').events()) data.push(event.data);
    expect(data).toEqual(['1', '2']);
  });

  test('is handed its own form, which nobody can look into', async () => {
    const { session, bodies } = await overNativeFetch('sent');
    const form = new Form();
    form.append('file', { uri: 'file:///a.png', name: 'a.png', type: 'image/png' });
    const body = form as unknown as FormData;
    expect(await session.post('http://app.test/', { body }).text()).toBe('sent');
    expect(bodies).toEqual([form]);
  });

  test('keeps cookies, though it shows Set-Cookie: nothing warns', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    await overNativeFetch('');
    expect(warn).not.toHaveBeenCalled();
  });
});
