import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import axios from 'axios';
import { Session } from 'isosession';
import ky from 'ky';
import { ofetch } from 'ofetch';
import { fetch as undiciFetch, request as undiciRequest } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textOf } from './samples.ts';

/** Who does what a session does, by the first words of the rows. */
const rows = new Map(
  [...textOf('reference/compared.md').matchAll(/^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$/gm)].map(
    ([, what = '', who = '']) => [what.trim(), who.trim().split(', ')],
  ),
);

/** Sends a GET, with the headers that all calls have by default. */
type Client = (url: string, headers?: Record<string, string>) => Promise<unknown>;
const clients: Record<string, () => Client> = {
  session: () => {
    const session = new Session();
    return (url, headers = {}) => {
      session.baseUrl = new URL(url).origin;
      for (const [name, value] of Object.entries(headers)) session.headers.set(name, value);
      return session.get(url, { headers: {} }).text();
    };
  },
  axios: () => {
    const client = axios.create();
    return (url, headers = {}) => client.get(url, { headers });
  },
  ky: () => {
    const client = ky.create({});
    return (url, headers = {}) => client.get(url, { headers }).text();
  },
  ofetch: () => {
    const client = ofetch.create({});
    return (url, headers = {}) => client(url, { headers });
  },
  undici:
    () =>
    async (url, headers = {}) => {
      const { body } = await undiciRequest(url, { headers });
      await body.dump();
      // What follows redirects there is its fetch.
      if (url.endsWith('/elsewhere')) await (await undiciFetch(url, { headers })).text();
    },
};
const names = Object.keys(clients);

const seen: { path: string; cookie?: string | undefined; key?: unknown; at: number }[] = [];
function answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
  seen.push({
    path: url,
    cookie: headers.cookie,
    key: headers['x-api-key'],
    at: performance.now(),
  });
  const isFirst = seen.filter(({ path }) => path === url).length === 1;
  if (url === '/cookie') response.setHeader('set-cookie', 'sid=1; Path=/');
  if (url === '/busy' && isFirst) response.statusCode = 503;
  if (url === '/later' && isFirst) response.writeHead(503, { 'retry-after': '2' });
  if (url === '/elsewhere') response.writeHead(302, { location: `${other}/landing` });
  response.end();
}
const server = createServer(answer);
const second = createServer(answer);
let origin: string;
let other: string;
beforeAll(async () => {
  for (const one of [server, second]) {
    one.listen(0, '127.0.0.1');
    await once(one, 'listening');
  }
  [origin, other] = [server, second].map(
    (one) => `http://127.0.0.1:${(one.address() as AddressInfo).port}`,
  ) as [string, string];
});
afterAll(() => {
  for (const one of [server, second]) one.close().closeAllConnections();
});
beforeEach(() => void seen.splice(0));

/** Whether the page says that a client does it. */
function says(what: string, name: string): boolean {
  const who = rows.get(what);
  expect(who, `the page has no row: ${what}`).toBeDefined();
  return name === 'session' || (who ?? []).includes(name);
}

describe('the page that compares clients', () => {
  it.each(names)('is right about %s and cookies', async (name) => {
    const call = (clients[name] as () => Client)();
    await call(`${origin}/cookie`);
    await call(`${origin}/again`);
    const isKept = seen.at(-1)?.cookie === 'sid=1';
    expect(isKept).toBe(says('keeps cookies between calls, in Node', name));
  });

  it.each(names)('is right about %s and a 503', async (name) => {
    const call = (clients[name] as () => Client)();
    await call(`${origin}/busy`).catch(() => undefined);
    expect(seen.length > 1).toBe(says('repeats a GET that got a 503', name));
  });

  it.each(names)('is right about %s and Retry-After', async (name) => {
    const call = (clients[name] as () => Client)();
    await call(`${origin}/later`).catch(() => undefined);
    const [first, next] = seen;
    const hasWaited = first !== undefined && next !== undefined && next.at - first.at > 1_900;
    expect(hasWaited).toBe(says('waits as long as `Retry-After` says', name));
  });

  it.each(names)('is right about %s and API keys', async (name) => {
    const call = (clients[name] as () => Client)();
    await call(`${origin}/elsewhere`, { 'x-api-key': 'secret' });
    const landing = seen.find(({ path }) => path === '/landing');
    expect(landing).toBeDefined();
    const isDropped = landing?.key === undefined;
    expect(isDropped).toBe(says('drops a default API key on a redirect to another origin', name));
  });

  it('names only clients that it is about', () => {
    const known = ['requests', 'axios', 'ky', 'got', 'ofetch', 'undici', '–'];
    rows.delete('a session');
    rows.delete('---');
    expect(rows.size).toBeGreaterThan(10);
    for (const who of rows.values()) for (const name of who) expect(known).toContain(name);
  });
});
