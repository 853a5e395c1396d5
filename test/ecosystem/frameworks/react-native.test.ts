import { readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Loopback, serve } from '../loopback.ts';
import { App, modules } from './app.ts';
import { Phone } from './native.ts';

let server: Loopback;
let app: App;
let phone: Phone;

/** Says what it was sent; logs in, leads on, is busy once, is never there. */
async function start(): Promise<Loopback> {
  let busy = true;
  return serve(async ({ request, response, url, text, json }) => {
    const { cookie = '-', authorization = '-', 'content-type': type = '-' } = request.headers;
    if (url.pathname === '/v1/events') {
      response.setHeader('content-type', 'text/event-stream');
      response.end('id: 1\ndata: one\n\ndata: two\n\n');
    } else if (url.pathname === '/v1/login') {
      json({}, 302, { location: '/v1/me', 'set-cookie': 'sid=1; Path=/' });
    } else if (url.pathname === '/v1/busy' && busy) {
      busy = false;
      json({ error: 'busy' }, 503);
    } else if (url.pathname === '/v1/missing') json({ error: 'none' }, 404);
    else if (url.pathname !== '/v1/never')
      json({ url: request.url, body: await text(), cookie, authorization, type });
  });
}

beforeAll(async () => {
  server = await start();
  // Its end of a connection would meet the next request of the phone.
  server.server.keepAliveTimeout = 0;
  app = new App('react-native', {});
  for (const platform of ['ios', 'android']) await app.run('build.js', platform);
}, 600_000);
beforeEach(() => void (phone = new Phone(join(app.path, 'bundle-ios.js'))));
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** Runs there with a session `api`. */
const run = (body: string) =>
  phone.run(
    `const { Session, HTTPError, basic, fetchTransport } = isosession;
    const api = new Session({ baseUrl: origin + '/v1/' });
    ${body}`,
    { origin: server.origin },
  );

describe("Metro with React Native's configuration", () => {
  test.each(['ios', 'android'])('takes the production build of pages: %s', (platform) => {
    const bundle = readFileSync(join(app.path, `bundle-${platform}.js`), 'utf8');
    expect(bundle).toContain('ERR_INVALID_REQUEST');
    expect(bundle).not.toContain('did you mean');
    expect(bundle).not.toMatch(/undici|tough-cookie/);
  });

  test("Hermes' compiler takes the bundle", async () => {
    const folders = new Map<string, string>([
      ['linux', 'linux64-bin/hermesc'],
      ['darwin', 'osx-bin/hermesc'],
      ['win32', 'win64-bin/hermesc.exe'],
    ]);
    const program = join(modules, 'hermes-compiler/hermesc', folders.get(process.platform) ?? '');
    const bundle = join(app.path, 'bundle-ios.js');
    const args = ['-w', '-O0', '-emit-binary', '-out', `${bundle}.hbc`, bundle];
    await promisify(execFile)(program, args);
    expect(readFileSync(`${bundle}.hbc`).length).toBeGreaterThan(100_000);
  }, 200_000);
});

describe('a session over the fetch of React Native', () => {
  test('has not what such a host has not: streams, crypto, a DOMException', async () => {
    expect(
      await phone.run(
        `return ['ReadableStream', 'crypto', 'DOMException', 'FinalizationRegistry']
          .filter((name) => name in globalThis).concat(typeof Response.prototype.body)`,
      ),
    ).toEqual(['undefined']);
  });

  test('reads data, text and bytes, and the response itself', async () => {
    expect(
      await run(
        `const response = await api.get('a', { searchParams: { q: 'x y' } });
        const { url } = await response.clone().json();
        return [url, response.url, response.status, response.headers.get('content-type'),
          (await response.text()).length > 20, (await api.get('a').bytes()).length > 20,
          (await api.fetch('a')) instanceof Response];`,
      ),
    ).toEqual([
      '/v1/a?q=x+y',
      `${server.origin}/v1/a?q=x+y`,
      200,
      'application/json',
      true,
      true,
      true,
    ]);
  });

  test('sends data, forms, bytes, Blobs and credentials', async () => {
    expect(
      await run(
        `const session = api.extend({ auth: basic('ann', 'pass') });
        const bodies = [];
        for (const options of [{ json: { a: 1 } }, { form: { a: 'x y' } },
          { body: new Uint8Array([104, 105]) }, { body: new Blob(['blob']) }])
          bodies.push(await session.post('a', options).json());
        return [bodies.map(({ body }) => body), bodies[0].authorization, bodies[0].type];`,
      ),
    ).toEqual([
      ['{"a":1}', 'a=x+y', 'hi', 'blob'],
      `Basic ${btoa('ann:pass')}`,
      expect.stringContaining('application/json'),
    ]);
  });

  test.each([
    '',
    '{ transport: fetchTransport({ fetch: (...args) => fetch(...args), managed: true }) }',
  ])('uploads a file of the phone in a form: %s', async (options) => {
    phone.files['file:///photo.jpg'] = 'pixels';
    const { body, type } = (await run(
      `const form = new FormData();
        form.append('title', 'Sea');
        form.append('photo', { uri: 'file:///photo.jpg', name: 'sea.jpg', type: 'image/jpeg' });
        return api.extend(${options}).post('a', { body: form }).json();`,
    )) as { body: string; type: string };
    expect(type).toMatch(/^multipart\/form-data; boundary=/);
    expect(body).toMatch(/name="title"\r\n\r\nSea\r\n/);
    expect(body).toMatch(/name="photo"; filename="sea.jpg"\r\n.*image\/jpeg\r\n\r\npixels\r\n/);
  });

  test('gives lines and events at the end of the body', async () => {
    expect(
      await run(
        `const [lines, events] = [[], []];
        for await (const line of api.get('events').lines()) lines.push(line);
        for await (const { id, data } of api.get('events').events()) events.push(id + data);
        return [lines, events];`,
      ),
    ).toEqual([
      ['id: 1', 'data: one', '', 'data: two', ''],
      ['1one', '1two'],
    ]);
  });

  test('tells the progress of uploads and downloads', async () => {
    expect(
      await run(
        `const [up, down] = [[], []];
        const onUploadProgress = ({ transferredBytes }) => up.push(transferredBytes);
        await api.post('a', { body: 'abc', onUploadProgress }).text();
        await api.get('a', { onDownloadProgress: ({ percent }) => down.push(percent) }).text();
        return [up.at(-1), down.at(-1)];`,
      ),
    ).toEqual([3, 1]);
  });

  test('has the cookies and redirects of the phone, and nothing warns', async () => {
    expect(
      await run(
        `const { url } = await api.post('login', { form: { user: 'ann' } });
        return [url, (await api.get('me').json()).cookie];`,
      ),
    ).toEqual([`${server.origin}/v1/me`, 'sid=1']);
    expect(phone.warnings).toEqual([]);
  });

  test('can what its capabilities say, and no more', async () => {
    const [declared, observed] = (await run(
      `const { UnsupportedError } = isosession;
      const unlessRefused = (promise) => Promise.resolve(promise).catch((error) => {
        if (!(error instanceof UnsupportedError)) throw error;
      });
      const echo = (options) => unlessRefused(api.post('a', { body: 'sent', ...options }).json());
      async function* stream() { yield 'sent '; yield 'in parts'; }
      let told = 0;
      const { history } = await api.get('login');
      await echo({ onUploadProgress: () => told++ });
      const response = await api.get('a');
      await response.text();
      const kept = await unlessRefused(api.cookies.getAll(origin));
      const plain = await unlessRefused(api.get('a', { decompress: false }).text());
      return [api.capabilities, {
        redirects: history.length > 0,
        jar: (kept ?? []).length > 0,
        proxy: (await echo({ proxy: origin })) !== undefined,
        tls: (await echo({ tls: { verify: true } })) !== undefined,
        decompress: plain !== undefined,
        uploadStreams: (await echo({ body: stream() }))?.body === 'sent in parts',
        uploadProgress: told > 0,
        timings: response.timings !== undefined,
      }];`,
    )) as [object, object];
    expect(observed).toEqual(declared);
  });

  test('tells errors apart, retries, times out and is aborted', async () => {
    expect(
      await run(
        `const told = ({ name, code, data }) => [name, code, data];
        const failed = (promise) => promise.then(() => 'no error', told);
        const leave = new AbortController();
        const left = failed(api.get('never', { signal: leave.signal }).text());
        leave.abort();
        return [
          await failed(api.get('missing').json()),
          await failed(api.get('never', { timeout: 30, retry: 0 }).text()),
          (await left)[0],
          (await api.get('busy', { retry: { limit: 1, delay: () => 1 } }).json()).url,
          await failed(api.get('a', { maxResponseSize: 3 }).text()),
        ];`,
      ),
    ).toEqual([
      ['HTTPError', 'ERR_HTTP_STATUS', { error: 'none' }],
      ['TimeoutError', 'ERR_TIMEOUT', null],
      'AbortError',
      '/v1/busy',
      ['ResponseTooLargeError', 'ERR_RESPONSE_TOO_LARGE', null],
    ]);
  });
});
