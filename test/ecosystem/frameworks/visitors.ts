/**
 * What holds of visitors below every framework that renders pages on a server. The app has a page
 * `/account` that shows the visitor's name in a `<p>`, and takes `user` of a form at `/login`.
 *
 * @module
 */
import { once } from 'node:events';
import { request, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { type Exchange, type Loopback, serve } from '../loopback.ts';

/** The backend of an app: it knows its visitors by a cookie. */
export class Backend {
  #server!: Loopback;
  /** Those who wait at `/account` until so many are there. */
  #waiting: (() => void)[] = [];
  #together = 1;
  /** The cookies of each request. */
  cookies: (string | undefined)[] = [];
  /** Called for a visitor named `held`, who is not answered. */
  onHeld: ((response: ServerResponse) => void) | undefined;

  static async start(): Promise<Backend> {
    const backend = new Backend();
    backend.#server = await serve((exchange) => backend.#answer(exchange));
    return backend;
  }

  get origin(): string {
    return this.#server.origin;
  }

  /** From now on `/account` answers so many at once, the last who came first. */
  gather(together: number): void {
    this.#together = together;
  }

  async #answer({ request: { headers }, response, url, text, json }: Exchange): Promise<void> {
    const { cookie } = headers;
    this.cookies.push(cookie);
    const name = /(?:^|; )sid=([^;]*)/.exec(cookie ?? '')?.[1] ?? 'nobody';
    if (name === 'held') return this.onHeld?.(response);
    if (url.pathname === '/login') {
      const user = new URLSearchParams(await text()).get('user');
      const cookies = [`sid=${user}; Path=/; HttpOnly; SameSite=Lax`, 'seen=1; Path=/'];
      return json({}, 302, { location: '/account', 'set-cookie': cookies });
    }
    const [, status] = /^\/users\/(404|500)$/.exec(url.pathname) ?? [];
    if (status) return json({}, Number(status));
    if (url.pathname === '/slow') return;
    this.#waiting.push(() => json({ name }, 200, { 'set-cookie': `last=${name}; Path=/` }));
    if (this.#waiting.length < this.#together) return;
    for (const answer of this.#waiting.splice(0).reverse()) answer();
    this.#together = 1;
  }

  async close(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

const names = (response: Response) =>
  response.headers.getSetCookie().map((line) => line.split(';', 1)[0]);

/** The tests, of the app at `origin()`. */
export function testVisitors(origin: () => string, backend: () => Backend): void {
  const visit = (cookie: string) => fetch(`${origin()}/account`, { headers: { cookie } });

  test("a page is made of the visitor's data, and hands on what the backend has set", async () => {
    backend().cookies = [];
    const response = await visit('sid=ann; theme=dark');
    expect(await response.text()).toMatch(/<p>ann<\/p>/);
    expect(backend().cookies).toEqual(['sid=ann; theme=dark']);
    expect(names(response)).toEqual(['last=ann']);
  });

  test('of 20 visitors at once each has the own page and the own cookie', async () => {
    const users = Array.from({ length: 20 }, (_, i) => `user${i}.`);
    backend().gather(users.length);
    const pages = await Promise.all(users.map((user) => visit(`sid=${user}`)));
    for (const [i, response] of pages.entries()) {
      const found = (await response.text()).match(/user\d+\./g);
      expect(new Set(found)).toEqual(new Set([users[i]]));
      expect(names(response)).toEqual([`last=${users[i]}`]);
    }
    expect(await (await fetch(`${origin()}/account`)).text()).toMatch(/<p>nobody<\/p>/);
  });

  test('a login behind a redirect reaches the browser on that of the app', async () => {
    backend().cookies = [];
    const response = await fetch(`${origin()}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: 'theme=dark', origin: origin() },
      body: new URLSearchParams({ user: 'ben' }),
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/account']);
    expect(names(response).toSorted()).toEqual(['last=ben', 'seen=1', 'sid=ben']);
    expect(backend().cookies).toEqual(['theme=dark', expect.stringMatching(/sid=ben/)]);
  });

  test('what is under way for a visitor who goes away ends', async () => {
    const held = new Promise<ServerResponse>((resolve) => (backend().onHeld = resolve));
    // On a connection of its own: a pool would open another one in its place.
    const visitor = request(`${origin()}/account`, {
      agent: false,
      headers: { cookie: 'sid=held' },
    });
    visitor.on('error', () => {}).end();
    const ended = once(await held, 'close');
    visitor.destroy();
    await ended;
  });
}
