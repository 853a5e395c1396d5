import { readFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../test/browsers/chromium.ts';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const types: Record<string, string> = { '.js': 'text/javascript', '.map': 'application/json' };

/** Each page leaves the library in `isosession`, in the way of its bundle. */
const pages: Record<string, string> = {
  '/esm': `<!doctype html><title>esm</title><script type="module">
      import * as isosession from '/dist/browser.js';
      window.isosession = isosession;
    </script>`,
  '/production': `<!doctype html><title>production</title><script type="module">
      import * as isosession from '/dist/production/browser.js';
      window.isosession = isosession;
    </script>`,
  '/umd': '<!doctype html><title>umd</title><script src="/dist/umd/isosession.js"></script>',
};

let busy: number;
/** Paths that the pages have loaded. */
let loaded: string[];
/** Whether a new deployment has taken the chunks away. */
let isRedeployed: boolean;
/** Headers of what came to another origin, which lets every page do everything. */
let strayed: IncomingHttpHeaders[];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://page');
  loaded.push(pathname);
  const json = (value: unknown, status = 200, headers: Record<string, string> = {}): void =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(value));
  if (pathname in pages)
    response.writeHead(200, { 'content-type': 'text/html' }).end(pages[pathname]);
  else if (pathname.startsWith('/dist/') && !isRedeployed)
    response
      .writeHead(200, { 'content-type': types[extname(pathname)] ?? 'text/plain' })
      .end(await readFile(join(dist, normalize(pathname.slice(5)))));
  else if (pathname === '/api/login')
    json({ ok: true }, 200, { 'set-cookie': 'sid=e2e; Path=/; HttpOnly' });
  else if (pathname === '/api/me')
    json({
      cookie: request.headers.cookie ?? null,
      authorization: request.headers.authorization ?? null,
    });
  else if (pathname === '/api/busy') json({ left: busy }, busy-- > 0 ? 503 : 200);
  else if (pathname === '/api/upload')
    json({
      bytes: ((await request.toArray()) as Buffer[]).reduce((sum, { length }) => sum + length, 0),
    });
  else if (pathname === '/api/token')
    json({ token: request.headers['x-xsrf-token'] ?? null }, 200, {
      'set-cookie': 'XSRF-TOKEN=e2e%3D; Path=/',
    });
  else if (pathname === '/api/away') response.writeHead(307, { location: `${elsewhere}/` }).end();
  else if (pathname === '/api/on') response.writeHead(307, { location: '/api/token' }).end();
  else json({ error: 'no such page' }, 404);
}

function answerElsewhere({ headers, method }: IncomingMessage, response: ServerResponse): void {
  if (method !== 'OPTIONS') strayed.push(headers);
  response
    .writeHead(200, {
      'access-control-allow-origin': headers.origin ?? '*',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
    })
    .end();
}

let browser: Browser;
let server: Server;
let other: Server;
let origin: string;
let elsewhere: string;

async function listen(started: Server): Promise<string> {
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  other = createServer(answerElsewhere);
  [origin, elsewhere] = await Promise.all([listen(server), listen(other)]);
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  server.close();
  other.close();
});

/** A page in a browser profile of its own, and what went wrong on it. */
async function openPage(path: string): Promise<{ page: Page; problems: string[] }> {
  busy = 2;
  isRedeployed = false;
  loaded = [];
  strayed = [];
  const page = await (await browser.newContext()).newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(origin + path);
  await page.waitForFunction('window.isosession');
  return { page, problems };
}

describe.each(['/esm', '/production', '/umd'])('the built bundle on the page %s', (path) => {
  it('logs in, and sends the cookie and the credentials with a later call', async () => {
    const { page, problems } = await openPage(path);
    const data = await page.evaluate(`(async () => {
      const { Session, basic } = window.isosession;
      const api = new Session({ baseUrl: '/api/', auth: basic('user', 'pass') });
      await api.post('login', { form: { user: 'ann' } });
      return api.get('me').json();
    })()`);
    expect(data).toEqual({ cookie: 'sid=e2e', authorization: 'Basic dXNlcjpwYXNz' });
    expect(problems).toEqual([]);
  });

  it('throws an HTTPError with its data when data is asked for', async () => {
    const { page } = await openPage(path);
    const error = await page.evaluate(`(async () => {
      const { Session, HTTPError, SessionError } = window.isosession;
      const call = new Session({ baseUrl: '/api/' }).get('nowhere').json();
      const error = await call.catch((thrown) => thrown);
      const { name, status, data } = error;
      return [error instanceof HTTPError, SessionError.is(error), name, status, data];
    })()`);
    expect(error).toEqual([true, true, 'HTTPError', 404, { error: 'no such page' }]);
  });

  it('retries, and gives a real Response', async () => {
    const { page } = await openPage(path);
    const outcome = await page.evaluate(`(async () => {
      const response = await window.isosession.get('/api/busy', { retry: { delay: () => 0 } });
      const { status, attempts } = response;
      const { left } = await new Response(response.body).json();
      return [response instanceof Response, status, attempts, left];
    })()`);
    expect(outcome).toEqual([true, 200, 3, 0]);
  });

  it('tells the progress of an upload, and loads what that takes only then', async () => {
    const { page, problems } = await openPage(path);
    await page.evaluate('window.isosession.post("/api/upload", { body: "x" }).json()');
    const before = loaded.filter((name) => name.startsWith('/dist/'));
    const outcome = await page.evaluate(`(async () => {
      const reports = [];
      const body = new Blob([new Uint8Array(3_000_000)]);
      const onUploadProgress = (progress) => reports.push(progress);
      const options = { body, onUploadProgress };
      const { bytes } = await window.isosession.post('/api/upload', options).json();
      return [bytes, reports.at(-1)];
    })()`);
    expect(outcome).toEqual([
      3_000_000,
      { percent: 1, transferredBytes: 3_000_000, totalBytes: 3_000_000 },
    ]);
    const chunk = {
      '/esm': ['/dist/chunks/xhr.js'],
      '/production': ['/dist/production/chunks/xhr.js'],
      '/umd': [],
    }[path];
    expect(before).not.toContain(chunk?.[0]);
    expect(loaded.filter((name) => name.startsWith('/dist/')).slice(before.length)).toEqual(chunk);
    expect(problems).toEqual([]);
  });

  it("sends a CSRF token to the page's origin, and to no other by a redirect", async () => {
    const { page } = await openPage(path);
    const outcome = await page.evaluate(`(async () => {
      const { Session, csrf, NetworkError } = window.isosession;
      const page = new Session().use(csrf());
      const first = await page.post('/api/token').json();
      const second = await page.post('/api/on').json();
      const away = await page.post('/api/away').catch((error) => error instanceof NetworkError);
      const there = await page.post('${elsewhere}/');
      const without = await new Session().post('/api/away');
      return [first, second, away, there.status, without.status];
    })()`);
    expect(outcome).toEqual([{ token: null }, { token: 'e2e=' }, true, 200, 200]);
    expect(strayed.map((headers) => headers['x-xsrf-token'])).toEqual([undefined, undefined]);
  });
});

describe.each(['/esm', '/production'])('the chunks of the page %s', (path) => {
  it.each([
    ['the cookies', 'new isosession.Session().cookies.getAll()'],
    ['lines', 'isosession.get("/api/me").lines().next()'],
    ['a snapshot', 'new isosession.Session().snapshot()'],
  ])('that a deployment has taken away make %s a NetworkError', async (_, call) => {
    const { page, problems } = await openPage(path);
    isRedeployed = true;
    const error = await page.evaluate(`${call}.catch(({ name, code, message }) =>
      ({ name, code, message }))`);
    expect(error).toEqual({
      name: 'NetworkError',
      code: 'ERR_NETWORK',
      message: expect.stringMatching(
        path === '/esm' ? /A part of isosession .* reload the page$/ : /chunk/,
      ) as unknown,
    });
    const { status } = await page.evaluate<{ status: number }>(
      '(async () => ({ status: (await isosession.get("/api/me")).status }))()',
    );
    expect(status).toBe(200);
    expect(problems).toEqual([]);
  });

  it('that a deployment has taken away leave an upload without progress', async () => {
    const { page } = await openPage(path);
    isRedeployed = true;
    const { status, events } = await page.evaluate<{ status: number; events: number }>(
      `(async () => {
        let events = 0;
        const onUploadProgress = () => events++;
        const { status } = await isosession.post("/api/upload", { body: "x", onUploadProgress });
        return { status, events };
      })()`,
    );
    expect([status, events]).toEqual([200, 0]);
  });
});

describe('the production build', () => {
  it.each([
    ['an option that there is not', 'get("/api/me", { timout: 1 })', 'call.timout'],
    [
      'an option of a session that there is not',
      'new Session({ baseURL: "/" })',
      'session.baseURL',
    ],
    ['an option of an option', 'get("/api/me", { retry: { limits: 1 } })', 'retry.limits'],
    ['a URL', 'get("ftp://a/")', '"ftp://a/" is no http: or https: URL'],
    ['a header', 'get("/api/me", { headers: { a: "\\n" } })', 'header "a"'],
    ['credentials', 'get("/api/me", { credentials: "always" })', 'credentials'],
    ['redirect', 'get("/api/me", { redirect: "never" })', 'redirect'],
    ['a method', 'request("/api/me", { method: "a b" })', 'method'],
    ['a limit of retries', 'get("/api/me", { retry: { limit: -1 } })', 'retry.limit'],
    ['a limit of bytes', 'get("/api/me", { maxResponseSize: "1 MB" })', 'maxResponseSize'],
  ])('refuses %s, and names it with the code', async (_, call, subject) => {
    const { page } = await openPage('/production');
    const error = await page.evaluate(`(async () => {
      const { Session, get, request } = isosession;
      return ${call};
    })().then(() => undefined, ({ name, code, message }) => [name, code, message])`);
    const code = 'ERR_INVALID_REQUEST';
    const message: unknown = expect.stringContaining(`${code}: ${subject}`);
    expect(error).toEqual(['InvalidRequestError', code, message]);
  });

  it('refuses what a browser cannot do', async () => {
    const { page } = await openPage('/production');
    const error = await page.evaluate(`isosession
      .get('/api/me', { proxy: 'http://a' })
      .catch(({ name, message }) => [name, message])`);
    const message = `GET ${origin}/api/me: ERR_UNSUPPORTED: proxy`;
    expect(error).toEqual(['UnsupportedError', message]);
  });
});
