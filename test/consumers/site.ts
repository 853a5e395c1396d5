/**
 * What a page that was built is tried on: its files, an API beside them, and Chromium.
 *
 * @module
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright';
import { launchChromium } from '../browsers/chromium.ts';

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' };

/** A visited page. */
export interface Visit {
  page: Page;
  /** Errors and warnings of the page, and files that were not found. */
  problems: string[];
  /** The scripts that have been loaded. */
  scripts: string[];
}

/** A server of files and of an API, and a browser. */
export class Site {
  origin = '';
  readonly #folder: string;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #browser: Browser | undefined;
  #isBusy = true;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Listens, and starts the browser. */
  async open(): Promise<void> {
    [this.#browser] = await Promise.all([
      launchChromium(),
      once(this.#server.listen(0, '127.0.0.1'), 'listening'),
    ]);
    this.origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close().closeAllConnections();
    await this.#browser?.close();
  }

  /** Opens a page in a profile of its own. */
  async visit(url: string): Promise<Visit> {
    if (!this.#browser) throw new Error('The site is not open');
    const context = await this.#browser.newContext();
    const page = await context.newPage();
    const [problems, scripts]: string[][] = [[], []];
    page.on('pageerror', (error) => problems?.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems?.push(message.text());
    });
    page.on('response', (response) => {
      if (response.request().resourceType() === 'script') scripts?.push(response.url());
    });
    this.#isBusy = true;
    await page.goto(new URL(url, this.origin).href);
    return { page, problems: problems ?? [], scripts: scripts ?? [] };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', 'http://site');
    if (pathname.startsWith('/api/')) return this.#answerCall(pathname, request, response);
    try {
      const content = await readFile(join(this.#folder, decodeURIComponent(pathname)));
      const type = types[extname(pathname)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  }

  async #answerCall(path: string, request: IncomingMessage, response: ServerResponse) {
    const body = await buffer(request);
    if (path === '/api/login')
      response.setHeader('set-cookie', ['sid=1; Path=/; HttpOnly', 'seen=yes; Path=/']);
    if (path === '/api/busy' && this.#isBusy) {
      this.#isBusy = false;
      // A moment that is over.
      response.writeHead(503, { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }).end();
    } else if (path === '/api/lines') response.end('one\ntwo\n');
    else response.end(JSON.stringify({ cookie: request.headers.cookie, bytes: body.length }));
  }
}
