import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../test/browsers/chromium.ts';
import { root } from '../test/package/consumer.ts';

const versions = ['cross-fetch', 'cross-fetch3'];

let browser: Browser;
let origin: string;
let bundles: Record<string, string>;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = '', headers } = request;
  const [, path, version = ''] = url.split('/');
  if (path === 'page')
    response
      .setHeader('content-type', 'text/html')
      .end(`<script>delete window.fetch</script><script src="/script/${version}"></script>`);
  else if (path === 'script') response.end(bundles[version]);
  else if (path === 'moved') response.writeHead(302, { location: '/echo' }).end();
  else if (path === 'missing') response.writeHead(404).end('{"reason":"none"}');
  else if (path === 'busy') response.writeHead(503, { 'retry-after': '0' }).end();
  else if (path === 'login') response.setHeader('set-cookie', 'sid=1').end();
  else if (path === 'bytes') response.end(Buffer.alloc(300_000, 7));
  else if (path === 'reset') request.socket.destroy();
  else if (path !== 'never')
    response.end(JSON.stringify({ method, headers, body: await text(request) }));
}
const server = createServer((request, response) => void answer(request, response));

async function bundle(version: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import * as isosession from 'isosession';
        import { crossFetchTransport } from 'isosession/cross-fetch';
        window.page = { ...isosession, crossFetchTransport };`,
      resolveDir: root,
    },
    alias: { 'cross-fetch': version },
    bundle: true,
    conditions: ['development'],
    // Not the sources, which are behind the name in tsconfig.json.
    tsconfigRaw: {},
    write: false,
    format: 'iife',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

beforeAll(async () => {
  const built = versions.map(async (version) => [version, await bundle(version)]);
  bundles = Object.fromEntries(await Promise.all(built)) as Record<string, string>;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  server.close().closeAllConnections();
});

/** Runs code on a page that has no `fetch`, with a session over cross-fetch. */
async function run<T>(version: string, code: string): Promise<T> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${origin}/page/${version}`);
  const value = await page.evaluate<T>(`(async () => {
    const { Session, crossFetchTransport } = page;
    const session = new Session({ baseUrl: '/', transport: crossFetchTransport(), retry: 0 });
    const failure = (call) => call.then(() => 'none', ({ name, message }) => name + ': ' + message);
    ${code}
  })()`);
  await context.close();
  return value;
}

describe.each(versions)('%s on a page without fetch', (version) => {
  test('sends bodies of every kind but streams, and reads what comes', async () => {
    const sent = await run<unknown[]>(
      version,
      `const form = new FormData();
      form.set('file', new Blob(['content']), 'a.txt');
      const options = [
        { json: { a: 1 } }, { form: { a: '1' } },
        { body: 'text' }, { body: new Uint8Array([65, 66]) },
        { body: new Blob(['blob'], { type: 'text/x-a' }) }, { body: form },
      ];
      const all = [typeof fetch];
      for (const each of options) {
        const call = session.post('echo', { ...each, headers: { 'x-a': '1' } });
        const { headers, body } = await call.json();
        const type = headers['content-type']?.split(';')[0] ?? 'none';
        all.push([headers['x-a'], type, body.slice(0, 8)]);
      }
      return all;`,
    );
    expect(sent).toEqual([
      'undefined',
      ['1', 'application/json', '{"a":1}'],
      ['1', 'application/x-www-form-urlencoded', 'a=1'],
      ['1', 'text/plain', 'text'],
      ['1', 'none', 'AB'],
      ['1', 'text/x-a', 'blob'],
      ['1', 'multipart/form-data', '------We'],
    ]);
  });

  test('follows redirects, keeps cookies and retries as session and browser do', async () => {
    const told = await run(
      version,
      `await session.get('login');
      const moved = await session.get('moved');
      return [
        moved.url,
        (await moved.json()).headers.cookie,
        (await session.get('busy', { retry: 2 })).attempts,
        (await session.get('missing')).status,
      ];`,
    );
    expect(told).toEqual([`${origin}/echo`, 'sid=1', 3, 404]);
  });

  test('reads bytes, streams and clones, up to a limit', async () => {
    const told = await run(
      version,
      `const { body } = await session.get('bytes');
      let length = 0;
      for await (const chunk of body) length += chunk.length;
      const response = await session.get('bytes');
      const clone = response.clone();
      return [
        length,
        (await response.bytes()).length,
        (await clone.arrayBuffer()).byteLength,
        await failure(session.get('bytes', { maxResponseSize: 10 }).bytes()),
      ];`,
    );
    const tooLarge = expect.stringMatching(/^ResponseTooLargeError: /);
    expect(told).toEqual([300_000, 300_000, 300_000, tooLarge]);
  });

  test('ends by a signal, a deadline and an error of the network', async () => {
    const told = await run(
      version,
      `const controller = new AbortController();
      const aborted = failure(session.get('never', { signal: controller.signal }));
      controller.abort();
      return [
        await aborted,
        await failure(session.get('never', { timeout: 50 })),
        await failure(session.get('reset')),
        await failure(session.get('missing').json()),
      ];`,
    );
    expect(told).toEqual(
      ['AbortError', 'TimeoutError', 'NetworkError', 'HTTPError'].map((name) =>
        expect.stringMatching(`^${name}: `),
      ),
    );
  });

  test('refuses what XMLHttpRequest would do otherwise', async () => {
    const told = await run<string[]>(
      version,
      `const refused = [
        { method: 'POST', body: new Blob(['x']).stream() },
        { method: 'POST', body: (async function* () { yield 'x'; })() },
        { redirect: 'error' }, { redirect: 'manual' }, { credentials: 'omit' },
        { integrity: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' },
      ];
      return Promise.all(refused.map((options) => failure(session.request('echo', options))));`,
    );
    expect(
      told.map((text) => text.replace(/^.* by XMLHttpRequest here, which has no /, '')),
    ).toEqual([
      ...Array(2).fill('a stream as body: give text, bytes, Blob or form'),
      "redirect: 'error'",
      "redirect: 'manual'",
      "credentials: 'omit'",
      'integrity',
    ]);
  });
});
