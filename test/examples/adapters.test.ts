import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  request as ask,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { root, run } from '../package/consumer.ts';

const folder = join(root, 'examples/adapters');
const programs = {
  express: 'express.js',
  fastify: 'fastify.js',
  h3: 'h3.js',
  hono: 'hono.js',
  web: 'web.js',
  sveltekit: 'sveltekit/server.js',
};

/** A server that answers by a function of the test. */
class Scripted {
  readonly #server: Server;
  readonly #events = new EventEmitter();
  requests: IncomingMessage[] = [];
  answer!: (request: IncomingMessage, response: ServerResponse) => void;

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request);
      this.answer(request, response);
      this.#events.emit('request');
    });
  }

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when so many requests have come. */
  async arrived(count: number): Promise<void> {
    while (this.requests.length < count) await once(this.#events, 'request');
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** A page as a visitor gets it. */
interface Page {
  status: number | undefined;
  setCookies: string[];
  html: string;
}

/** Asks for a page as a visitor, who may leave before it comes. */
function visit(
  url: string,
  headers: Record<string, string> = {},
): { leave(): void; page: Promise<Page> } {
  const request = ask(url, { headers, agent: false }).end();
  const page = once(request, 'response').then(async ([response]: IncomingMessage[]) => {
    const html = Buffer.concat((await response?.toArray()) as Buffer[]).toString();
    return {
      status: response?.statusCode,
      setCookies: response?.headers['set-cookie'] ?? [],
      html,
    };
  });
  page.catch(() => {});
  return { leave: () => void request.destroy(), page };
}

const sidOf = (request: IncomingMessage): string =>
  /(?:^|; )sid=([^;]*)/.exec(request.headers.cookie ?? '')?.[1] ?? 'nobody';
const json = (response: ServerResponse, data: unknown, setCookies: string[] = []): void =>
  void response
    .writeHead(200, { 'content-type': 'application/json', 'set-cookie': setCookies })
    .end(JSON.stringify(data));
const namesOf = (request: IncomingMessage | undefined): string[] =>
  Object.keys(request?.headers ?? {}).sort();

const backend = new Scripted();
const weather = new Scripted();
let env: Record<string, string>;

function script(): void {
  backend.requests = [];
  weather.requests = [];
  backend.answer = (request, response) => json(response, { name: sidOf(request) });
  weather.answer = (_request, response) => response.end('Sunny.');
}

beforeAll(async () => {
  script();
  env = { BACKEND: await backend.listen(), WEATHER: await weather.listen(), PORT: '0' };
  // The examples depend on the package that `npm pack` makes of the repository as it is now.
  for (const command of [
    ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'],
    ['run', 'build', '--workspace=sveltekit'],
  ]) {
    const { code, stdout, stderr } = await run('npm', command, folder);
    if (code !== 0)
      throw new Error(
        `npm ${command.join(' ')} in examples/adapters ended with ${code}:\n${stdout}${stderr}`,
      );
  }
});
afterEach(script);
afterAll(() => {
  backend.close();
  weather.close();
});

/** Starts a program, and gives its URL. */
async function start(program: string): Promise<{ server: ChildProcess; url: string }> {
  const server = spawn(process.execPath, [program], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  server.stderr?.on('data', (chunk: Buffer) => (errors += String(chunk)));
  const [line] = (await Promise.race([
    once(server.stdout as NodeJS.ReadableStream, 'data'),
    once(server, 'exit').then(() => {
      throw new Error(`${program} ended:\n${errors}`);
    }),
  ])) as [Buffer];
  return { server, url: String(line).trim() };
}

describe.each(Object.entries(programs))('isosession/ssr below %s', (_name, program) => {
  let server: ChildProcess;
  let url: string;
  beforeAll(async () => void ({ server, url } = await start(program)));
  afterAll(async () => {
    server.kill();
    await once(server, 'exit');
  });

  it('forwards cookies and listed headers to the backend and no third party', async () => {
    const secret = {
      authorization: 'Bearer cAnArY',
      referer: 'https://cAnArY.example/',
      'user-agent': 'cAnArY',
      'x-forwarded-for': '9.9.9.9',
      'x-forwarded-host': 'cAnArY.example',
      'x-secret': 'cAnArY',
    };
    const { page } = visit(url, {
      ...secret,
      host: 'cAnArY.example',
      cookie: 'sid=ann; theme=dark',
      'accept-language': 'de',
      'x-request-id': 'r1',
    });
    expect((await page).status).toBe(200);
    const [[mine], [foreign]] = [backend.requests, weather.requests];
    expect(mine?.headers).toMatchObject({
      cookie: 'sid=ann; theme=dark',
      'accept-language': 'de',
      'x-request-id': 'r1',
      host: env.BACKEND?.slice(7),
    });
    expect(namesOf(mine)).toEqual([
      'accept',
      'accept-encoding',
      'accept-language',
      'connection',
      'cookie',
      'host',
      'user-agent',
      'x-request-id',
    ]);
    expect(namesOf(foreign)).toEqual([
      'accept',
      'accept-encoding',
      'accept-language',
      'connection',
      'host',
      'user-agent',
    ]);
    expect(JSON.stringify([mine?.rawHeaders, foreign?.rawHeaders])).not.toMatch(
      /cAnArY|9\.9\.9\.9/i,
    );
  });

  it("relays the backend's cookies beside the server's own, and no third party's", async () => {
    const lines = ['sid=new; Path=/; HttpOnly; SameSite=Lax', 'old=; Max-Age=0; Path=/'];
    backend.answer = (_request, response) => json(response, { name: 'Ann' }, lines);
    weather.answer = (_request, response) =>
      response
        .writeHead(200, { 'set-cookie': ['tracker=1; Path=/', 'sid=stolen; Path=/'] })
        .end('Sunny.');
    const { setCookies, html } = await visit(url, { cookie: 'sid=ann' }).page;
    expect(setCookies.filter((line) => line.startsWith('own='))).toHaveLength(1);
    expect(setCookies.filter((line) => !line.startsWith('own='))).toEqual(lines);
    expect(html).toContain('<h1>Hello, Ann</h1>');
    expect(html).toContain('Sunny.');
  });

  it('ends what is under way for a visitor who goes away, and serves the next', async () => {
    const answered: ServerResponse[] = [];
    backend.answer = (request, response) =>
      void (sidOf(request) === 'gone' ? answered.push(response) : json(response, { name: 'Ben' }));
    const { leave } = visit(url, { cookie: 'sid=gone' });
    await backend.arrived(1);
    const ended = once(answered[0] as ServerResponse, 'close');
    leave();
    await ended;
    expect((await visit(url, { cookie: 'sid=ben' }).page).html).toContain('Hello, Ben');
    expect(backend.requests).toHaveLength(2);
  });

  it('gives each of 20 visitors at once the own page and the own cookie', async () => {
    const users = Array.from(
      { length: 20 },
      (_, index) => `user-${String(index).padStart(2, '0')}`,
    );
    const waiting: (() => void)[] = [];
    backend.answer = (request, response) => {
      const sid = sidOf(request);
      waiting.push(() => json(response, { name: sid }, [`seen=${sid}; Path=/`]));
      // None is answered before all are under way, and then the last one is answered first.
      if (waiting.length === users.length) for (const answer of waiting.reverse()) answer();
    };
    const pages = await Promise.all(
      users.map((user) => visit(url, { cookie: `sid=${user}` }).page),
    );
    for (const [index, { html, setCookies }] of pages.entries()) {
      expect(new Set(html.match(/user-\d\d/g))).toEqual(new Set([users[index]]));
      expect(setCookies.filter((line) => line.includes('user-'))).toEqual([
        `seen=${users[index]}; Path=/`,
      ]);
    }
  });

  it("embeds data for the browser's first call, and escapes all HTML in it", async () => {
    const name = '</script><script>alert(1)</script><!--\u2028&amp;';
    backend.answer = (_request, response) => json(response, { name });
    const { html } = await visit(url).page;
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('&amp;</h1>');
    const data =
      /<script type="application\/json" id="session">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    expect(data).not.toMatch(/[<>&\u2028]/);
    const [{ Session }, { hydrate }] = (await Promise.all(
      ['node', 'ssr'].map(
        (entry) => import(join(folder, `node_modules/isosession/dist/${entry}.js`)),
      ),
    )) as [typeof import('isosession'), typeof import('isosession/ssr')];
    const session = new Session({
      baseUrl: 'https://api.example.com/',
      retry: 0,
      transport: { send: () => Promise.reject(new Error('The network was asked')) },
    });
    hydrate(session, data);
    expect(await session.get('me').json()).toEqual({ name });
    await expect(session.get('me')).rejects.toThrow();
  });
});

describe("SvelteKit's own fetch below a session", () => {
  let server: ChildProcess;
  let url: string;
  beforeAll(async () => void ({ server, url } = await start(programs.sveltekit)));
  afterAll(async () => {
    server.kill();
    await once(server, 'exit');
  });

  it('answers a load out of the app, in the name of who asks, and into the page', async () => {
    const { html, setCookies } = await visit(new URL('/hours', url).href, { cookie: 'sid=ann' })
      .page;
    expect(html).toContain('<h1>Open from 9 for ann</h1>');
    expect(html).toContain('<p>Asked for monday</p>');
    expect(setCookies).toEqual([expect.stringMatching(/^hours=seen; Path=\/; HttpOnly/)]);
    expect(html.match(/data-sveltekit-fetched data-url="\/hours\/today"/g)).toHaveLength(2);
    expect(backend.requests).toEqual([]);
  });

  it('renders a component whose session has a relative baseUrl', async () => {
    const { html } = await visit(new URL('/hours', url).href).page;
    expect(html).toContain('<button>Ask again</button>');
  });

  it("returns the backend's response from a route", async () => {
    const { status, html } = await visit(new URL('/me', url).href, { cookie: 'sid=ann' }).page;
    expect([status, JSON.parse(html)]).toEqual([200, { name: 'ann' }]);
  });

  it('leads elsewhere where a hook of the app does, once', async () => {
    expect((await visit(new URL('/hours?day=sunday', url).href).page).status).toBe(303);
  });
});

it('the README shows the code that runs', async () => {
  const text = await readFile(join(folder, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^`([\w./+]+)`.*?^```js\n([^]*?)^```/gms)];
  expect(blocks.map(([, file]) => file).sort()).toEqual([
    'express.js',
    'fastify.js',
    'h3.js',
    'hono.js',
    'sveltekit/src/hooks.server.js',
    'sveltekit/src/routes/hours/+page.js',
    'web.js',
  ]);
  for (const [, file, code] of blocks)
    expect(await readFile(join(folder, file as string), 'utf8')).toContain(code);
});
