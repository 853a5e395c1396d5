import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchArguments } from '../test/support/chromium.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const types: Record<string, string> = { '.js': 'text/javascript', '.map': 'application/json' };

/** Each page leaves the library in `isosession`, in the way of its bundle. */
const pages: Record<string, string> = {
  '/esm': '<!doctype html><title>esm</title><script type="module">import * as isosession from "/dist/browser.js"; window.isosession = isosession;</script>',
  '/umd': '<!doctype html><title>umd</title><script src="/dist/umd/isosession.js"></script>',
};

let busy: number;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://page');
  const json = (value: unknown, status = 200, headers: Record<string, string> = {}): void => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  if (pathname in pages) response.writeHead(200, { 'content-type': 'text/html' }).end(pages[pathname]);
  else if (pathname.startsWith('/dist/')) response.writeHead(200, { 'content-type': types[extname(pathname)] ?? 'text/plain' }).end(await readFile(join(dist, normalize(pathname.slice(5)))));
  else if (pathname === '/api/login') json({ ok: true }, 200, { 'set-cookie': 'sid=e2e; Path=/; HttpOnly' });
  else if (pathname === '/api/me') json({ cookie: request.headers.cookie ?? null, authorization: request.headers.authorization ?? null });
  else if (pathname === '/api/busy') json({ left: busy }, busy-- > 0 ? 503 : 200);
  else json({ error: 'no such page' }, 404);
}

let browser: Browser;
let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const executablePath = findChromium();
  browser = await chromium.launch({ args: launchArguments, ...(executablePath && { executablePath }) });
});

afterAll(async () => {
  await browser.close();
  server.close();
});

/** A page in a browser profile of its own, and what went wrong on it. */
async function openPage(path: string): Promise<{ page: Page; problems: string[] }> {
  busy = 2;
  const page = await (await browser.newContext()).newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(origin + path);
  await page.waitForFunction('window.isosession');
  return { page, problems };
}

describe.each(['/esm', '/umd'])('the built bundle on the page %s', (path) => {
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
      const error = await new Session({ baseUrl: '/api/' }).get('nowhere').json().catch((thrown) => thrown);
      return [error instanceof HTTPError, SessionError.is(error), error.name, error.status, error.data];
    })()`);
    expect(error).toEqual([true, true, 'HTTPError', 404, { error: 'no such page' }]);
  });

  it('retries, and gives a real Response', async () => {
    const { page } = await openPage(path);
    const outcome = await page.evaluate(`(async () => {
      const response = await window.isosession.get('/api/busy', { retry: { delay: () => 0 } });
      return [response instanceof Response, response.status, response.attempts, (await new Response(response.body).json()).left];
    })()`);
    expect(outcome).toEqual([true, 200, 3, 0]);
  });
});
