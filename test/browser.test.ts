/**
 * The browser's entry where there is no browser: what its users see who have missed the entry that
 * was made for them.
 *
 * @module
 */
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { deferred, sites } from './support/contract.ts';

const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});

beforeEach(() => void vi.resetModules());
afterEach(() => {
  warn.mockClear();
  vi.unstubAllGlobals();
});

test('where a Response keeps Set-Cookie the first session warns, with what to do', async () => {
  const { Session } = await import('../src/index.browser.ts');
  expect(warn).not.toHaveBeenCalled();
  for (let i = 0; i < 3; i++) new Session().extend();
  expect(warn).toHaveBeenCalledTimes(1);
  const message = String(warn.mock.calls[0]?.[0]);
  for (const word of [
    'isosession',
    'browser',
    'exports',
    'node',
    'workerd',
    'edge-light',
    'deno',
    'bun',
    "Jest with jsdom set testEnvironmentOptions: { customExportConditions: ['node'] }",
  ])
    expect(message).toContain(word);
});

test('a browser, which drops Set-Cookie, is not warned', async () => {
  vi.stubGlobal(
    'Response',
    class extends Response {
      constructor(body?: BodyInit | null) {
        super(body);
      }
    },
  );
  const { Session } = await import('../src/index.browser.ts');
  new Session();
  expect(warn).not.toHaveBeenCalled();
});

test('without XMLHttpRequest, as in some workers, an upload goes without progress', async () => {
  const { a } = sites();
  const { Session } = await import('../src/index.browser.ts');
  const session = new Session();
  onTestFinished(() => session.destroy());
  const told = deferred<never>();
  expect(
    (
      await session.post(a.url('echo'), {
        body: 'x',
        redirect: 'error',
        onUploadProgress: () => told.reject(new Error('It was told.')),
      })
    ).status,
  ).toBe(200);
  await Promise.race([told.promise, a.request()]);
});

test('an upload whose chunk is gone goes without progress, and the first one warns', async () => {
  const { a } = sites();
  vi.stubGlobal('XMLHttpRequest', class {});
  vi.doMock('../src/transports/xhr.ts', () => {
    throw new TypeError('Failed to fetch dynamically imported module');
  });
  onTestFinished(() => vi.doUnmock('../src/transports/xhr.ts'));
  const { Session } = await import('../src/index.browser.ts');
  const session = new Session({ retry: 0 });
  onTestFinished(() => session.destroy());
  warn.mockClear();
  for (const body of ['first', 'second']) {
    const onUploadProgress = vi.fn();
    const echo = session.post(a.url('echo'), { body, onUploadProgress });
    expect(await echo.json<{ body: string }>()).toMatchObject({ body });
    expect(onUploadProgress).not.toHaveBeenCalled();
  }
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]?.map(String).join(' ')).toMatch(/no upload progress.*reload the page/);
});

/** The browser's entry, after a deployment has removed a chunk of it. */
async function withoutChunk(path: string) {
  vi.doMock(path, () => {
    throw new TypeError('Failed to fetch dynamically imported module');
  });
  onTestFinished(() => vi.doUnmock(path));
  return import('../src/index.browser.ts');
}

test('without the chunk that reads dates, a retry waits as if there were none', async () => {
  const { Session, fetchTransport } = await withoutChunk('../src/middleware/retry-after.ts');
  const waits: number[] = [];
  const headers: Record<string, string>[] = [
    { 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' },
    { 'retry-after': '0' },
    {},
  ];
  const fetch = () => {
    const [next] = headers.splice(0, 1);
    return new Response('body', next ? { status: 503, headers: next } : undefined);
  };
  const session = new Session({
    transport: fetchTransport({ fetch, managed: true }),
    retry: { limit: 3, delay: () => 1 },
    hooks: { beforeRetry: [({ delay }) => void waits.push(delay)] },
  });
  onTestFinished(() => session.destroy());
  expect(await session.get('https://a.example/').text()).toBe('body');
  expect(waits).toEqual([1, 0, 1]);
});

test('without the chunk of redirects, one that the browser leaves is a NetworkError', async () => {
  const path = '../src/transports/redirects.ts';
  const { Session, NetworkError, fetchTransport } = await withoutChunk(path);
  const cancel = vi.fn();
  const fetch = ({ url }: Request) =>
    url.endsWith('/here')
      ? new Response('body')
      : new Response(new ReadableStream({ cancel }), {
          status: 302,
          headers: { location: 'here' },
        });
  const session = new Session({ transport: fetchTransport({ fetch }), retry: 0 });
  onTestFinished(() => session.destroy());
  expect(await session.get('https://a.example/here').text()).toBe('body');
  const error = await session.get('https://a.example/').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NetworkError);
  expect(String(error)).toMatch(/GET https:\/\/a\.example\/.*reload the page/);
  expect(cancel).toHaveBeenCalledTimes(1);
  await session.close();
});
