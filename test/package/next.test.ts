import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blocksOf } from '../support/snippets.ts';
import { addPeers, type Consumer, installTarball, root } from './consumer.ts';

let consumer: Consumer;
let app: ChildProcess;
let origin: string;
/** What the app has written to its errors. */
let log = '';
/** `POST /login`, with the cookies that came. */
let received: string[] = [];
let count = 0;

/** Logs in and out, renews what it has given, and says which cookies it gets. */
function answer({ method, url, headers }: IncomingMessage, response: ServerResponse): void {
  received.push(`${method} ${url} ${headers.cookie ?? '-'}`);
  if (url === '/login')
    response.setHeader('set-cookie', [
      'sid=a%2Bb%3D; Path=/; HttpOnly; SameSite=Lax; Max-Age=600',
      'here=1; Domain=127.0.0.1',
    ]);
  if (url === '/logout') response.setHeader('set-cookie', 'sid=; Path=/; Max-Age=0');
  if (url === '/renew') response.setHeader('set-cookie', 'sid=new; Path=/');
  if (url === '/counted') response.end(String(++count));
  else response.end(headers.cookie ?? '-');
}
const backend = createServer(answer);

function next(...parameters: string[]): ChildProcess {
  const { port } = backend.address() as AddressInfo;
  const { VITEST: _, NODE_ENV: __, ...env } = process.env;
  return spawn(process.execPath, [join(root, 'node_modules/next/dist/bin/next'), ...parameters], {
    cwd: consumer.path,
    env: { ...env, NEXT_TELEMETRY_DISABLED: '1', BACKEND: `http://127.0.0.1:${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** All that a program has written, after it has ended or has written what is looked for. */
async function output({ stdout, stderr }: ChildProcess, until?: RegExp): Promise<string> {
  let text = '';
  await new Promise<void>((resolve) => {
    let open = 2;
    for (const stream of [stdout, stderr])
      stream
        ?.setEncoding('utf8')
        .on('data', (chunk: string) => {
          text += chunk;
          if (until?.test(text)) resolve();
        })
        .once('end', () => --open || resolve());
  });
  return text;
}

/** The files of docs/next.md, with the backend and a page of these tests. */
async function writeSamples(): Promise<void> {
  const blocks = blocksOf(readFileSync(join(root, 'docs/next.md'), 'utf8'));
  const matcher = "[{ source: '/session', has: [{ type: 'query', key: 'renew' }] }]";
  for (const [i, name] of ['visitor.js', 'proxy.js'].entries()) {
    const text = blocks[i]
      ?.replace("'https://api.example.com'", 'process.env.BACKEND')
      .replace("'/account/:path*'", matcher);
    const { code } = await transform(String(text), { loader: 'ts' });
    writeFileSync(join(consumer.path, name), code);
  }
}

beforeAll(async () => {
  [consumer] = await Promise.all([
    installTarball(),
    once(backend.listen(0, '127.0.0.1'), 'listening'),
  ]);
  addPeers(consumer, ['next', 'react', 'react-dom']);
  cpSync(join(root, 'test/package/next-app'), consumer.path, { recursive: true });
  await writeSamples();
  const build = next('build');
  const [built] = await Promise.all([output(build), once(build, 'close')]);
  expect(build.exitCode, built).toBe(0);
  app = next('start', '--hostname', '127.0.0.1', '--port', '0');
  const started = await output(app, /Ready in/);
  app.stderr?.on('data', (text: string) => (log += text));
  origin = /http:\/\/127\.0\.0\.1:\d+/.exec(started)?.[0] ?? started;
}, 200_000);
afterAll(async () => {
  if (app?.exitCode === null && app.kill()) await once(app, 'close');
  backend.close().closeAllConnections();
  consumer?.remove();
});
beforeEach(() => void (received = []));

interface Page {
  status: number;
  text: string;
  /** What the render has told of the cookies that the backend has got. */
  seen: string[];
  setCookies: string[];
}

async function pageOf(path: string, init?: RequestInit): Promise<Page> {
  const response = await fetch(origin + path, init);
  const text = await response.text();
  const [, seen = '[]'] = /<p>(\[.*?\])<\/p>/.exec(text) ?? [];
  return {
    status: response.status,
    text,
    seen: JSON.parse(seen.replaceAll('&quot;', '"')) as string[],
    setCookies: response.headers.getSetCookie(),
  };
}

/** Presses a button of the page, as a browser without scripts does. */
async function press(name: string, cookie: string): Promise<Page> {
  const { text } = await pageOf('/session', { headers: { cookie } });
  const form = text.split('<form').find((part) => part.includes(`>${name}<`)) ?? '';
  const body = new FormData();
  const [, field = ''] = /name="(\$ACTION_[^"]+)"/.exec(form) ?? [];
  body.set(field, '');
  received = [];
  return pageOf('/session', { method: 'POST', headers: { cookie, origin }, body });
}

describe('nextSession in an app of Next.js', () => {
  test('sends the cookies of the visitor as they came', async () => {
    const cookie = 'a=b/c==; bad=%zz; lone; sid=x%20y';
    expect((await pageOf('/session', { headers: { cookie } })).seen).toEqual([cookie, cookie]);
    expect((await pageOf('/session')).seen).toEqual(['-', '-']);
  });

  test('sets the cookies of a login in a Route Handler', async () => {
    const { text, setCookies } = await pageOf('/handler', { headers: { cookie: 'theme=dark' } });
    expect(text).toBe('sid=a%2Bb%3D; here=1; theme=dark');
    expect(setCookies).toEqual([
      expect.stringMatching(
        /^sid=a%2Bb%3D; Path=\/; Expires=.*GMT; Max-Age=600; HttpOnly; SameSite=lax$/,
      ),
      'here=1; Path=/; Domain=127.0.0.1',
    ]);
  });

  test('sets those of a Server Action, whose page sends them to the backend', async () => {
    const { seen, setCookies } = await press('logIn', 'sid=old; theme=dark');
    expect(setCookies.map((line) => line.split(';', 1)[0])).toEqual(['sid=a%2Bb%3D', 'here=1']);
    const now = 'theme=dark; sid=a%2Bb%3D; here=1';
    expect(seen).toEqual([now, now]);
    expect(received).toEqual([
      'POST /login sid=old; theme=dark',
      `GET /seen ${now}`,
      `GET /seen ${now}`,
    ]);
  });

  test('sends no cookie that a Server Action has deleted, but one that it has set', async () => {
    const { seen, setCookies } = await press('logOut', 'sid=old; theme=dark');
    expect(setCookies).toEqual([expect.stringMatching(/^sid=; Path=\/; .*Max-Age=0/)]);
    expect(seen).toEqual(['theme=dark', 'theme=dark']);
    expect((await press('choose', 'sid=old')).seen[0]).toBe('sid=old; theme=dark%2Fblue');
  });

  test('keeps what is set while a page renders for this render, and warns once', async () => {
    for (const { seen, setCookies } of [await pageOf('/render'), await pageOf('/render')]) {
      expect(seen).toEqual(['sid=a%2Bb%3D; here=1']);
      expect(setCookies).toEqual([]);
    }
    expect(log.match(/isosession: .* while a page renders/g)).toEqual([
      expect.stringContaining('cookie "sid" while a page renders'),
      expect.stringContaining('cookie "here" while a page renders'),
    ]);
  });

  test('renews a login in the proxy, for the page and for the browser', async () => {
    const { seen, setCookies } = await pageOf('/session?renew=1', {
      headers: { cookie: 'sid=old' },
    });
    expect(seen).toEqual(['sid=new', 'sid=new']);
    expect(setCookies).toEqual(['sid=new; Path=/']);
    expect(received[0]).toBe('POST /renew sid=old');
  });
});

describe('a Route Handler', () => {
  const ways = ['undici', 'fetch'].flatMap((over) => ['itself', 'clone'].map((as) => [over, as]));
  test.each(ways)('returns a response: over %s, %s', async (over, as) => {
    const { status, text } = await pageOf(`/returned?over=${over}&as=${as}`, {
      headers: { cookie: 'sid=ann' },
    });
    expect([status, text]).toEqual([200, over === 'undici' ? 'sid=ann' : '-']);
  });
});

describe('a page that renders', () => {
  test("a client's component, whose baseUrl is relative", async () => {
    const { status, text } = await pageOf('/client');
    expect(status).toBe(200);
    expect(text).toContain('<button>Ask</button>');
  });

  test("asks once for what three components ask for, by signal: 'given'", async () => {
    const numbers = ({ text }: Page) => [...text.matchAll(/<p>(\d+)<\/p>/g)].map(([, n]) => n);
    const first = numbers(await pageOf('/memo'));
    expect(first).toEqual([first[0], first[0], first[0]]);
    expect(received).toEqual(['GET /counted -']);
    expect(numbers(await pageOf('/memo'))).toHaveLength(3);
    expect(received).toHaveLength(2);
  });

  test.each(['/connection', '/no-store'])('for each visitor: %s', async (path) => {
    const first = await pageOf(path);
    expect(first.text).toContain(`<p>${count}</p>`);
    expect((await pageOf(path)).text).toContain(`<p>${count}</p>`);
    expect(received).toEqual(['GET /counted -', 'GET /counted -']);
  });

  test('by the build, where nothing says that it may not', async () => {
    expect((await pageOf('/prerendered')).text).toMatch(/<p>\d+<\/p>/);
    expect(received).toEqual([]);
  });
});
