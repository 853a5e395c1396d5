/** What `https://api.example.com` and its neighbours answer in the README and the docs. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly body: string;
  readonly memory: Memory;
  json(data: unknown, status?: number, headers?: Record<string, string>): void;
}

/** What it remembers of one program of samples. */
interface Memory {
  busy: number;
  tokens: number;
  readonly orders: Map<string, number>;
}

const memories = new Map<string, Memory>();

function memoryOf({ headers }: IncomingMessage): Memory {
  const program = String(headers['x-example-program']);
  const memory = memories.get(program) ?? { busy: 0, tokens: 0, orders: new Map() };
  memories.set(program, memory);
  return memory;
}

const cookiesOf = ({ headers }: IncomingMessage): string => headers.cookie ?? '';

const routes: Record<string, (exchange: Exchange) => void> = {
  'POST /v1/login': ({ json }) => json({}, 200, { 'set-cookie': 'sid=1' }),
  'GET /v1/profile': ({ request, json }) => {
    if (request.headers.authorization === undefined) return json({ name: 'a stranger' });
    const isKnown =
      cookiesOf(request) === 'sid=1' &&
      request.headers.authorization === `Basic ${btoa('user:pass')}` &&
      request.headers['accept-language'] === 'en';
    json(isKnown ? { name: 'Ann' } : {}, isKnown ? 200 : 401);
  },
  'GET /users/1': ({ json }) => json({ name: 'Ann' }),
  'GET /old': ({ response }) => response.writeHead(302, { location: '/items' }).end(),
  'GET /items': ({ url, json }) => {
    const page = Number(url.searchParams.get('page') ?? 1);
    json([page], 200, page < 5 ? { link: `</items?page=${page + 1}>; rel="next"` } : {});
  },
  'GET /log': ({ response }) => response.end('started\n'),
  'PUT /file': ({ response }) => response.writeHead(204).end(),
  'GET /file': ({ response }) => response.end('the file'),
  'GET /busy': ({ response, memory, json }) =>
    memory.busy++ % 2 === 0 ? response.writeHead(503).end() : json({ ready: true }),

  // Of the docs.
  'GET /': ({ response }) => response.end('Hello'),
  'GET /greeting': ({ response }) => response.end('Hello'),
  'GET /prices': ({ json }) => json([1, 2]),
  'POST /login': ({ body, json }) => {
    const isKnown = new URLSearchParams(body).get('password') === 'pass';
    json(isKnown ? { name: 'Ann' } : { error: 'wrong password' }, isKnown ? 200 : 401, {
      ...(isKnown && { 'set-cookie': 'sid=1; Path=/; HttpOnly; Max-Age=86400' }),
    });
  },
  'POST /logout': ({ json }) => json({}),
  'GET /account': ({ request, json }) =>
    cookiesOf(request).includes('sid=1') ? json({ name: 'Ann' }) : json({ error: 'log in' }, 401),
  'POST /echo': echo,
  'PUT /echo': echo,
  'PATCH /echo': echo,
  'DELETE /echo': echo,
  'GET /echo': echo,
  'GET /cursor': ({ url, json }) => {
    const at = Number(url.searchParams.get('cursor') ?? 0);
    json({
      items: [`item ${at + 1}`, `item ${at + 2}`],
      ...(at < 4 && { cursor: String(at + 2) }),
    });
  },
  'GET /events': ({ response }) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end('id: 1\ndata: hello\n\nid: 2\ndata: world\n\n'),
  'GET /rows': ({ response }) =>
    response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end('{"n":1}\n{"n":2}\n'),
  'GET /large.bin': ({ response }) =>
    response.writeHead(200, { 'content-length': 262_144, etag: '"1"' }).end(Buffer.alloc(262_144)),
  // Never answered.
  'GET /slow': () => undefined,
  'GET /elsewhere': ({ response }) =>
    response.writeHead(302, { location: 'https://other.example.com/echo' }).end(),
  'GET /news': ({ response }) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end('id: 1\ndata: hello\n\nid: 2\ndata: bye\n\n'),
  'GET /cached': ({ json }) => json({ at: 1 }, 200, { 'cache-control': 'max-age=60' }),
  'POST /orders': ({ request, memory: { orders }, json }) => {
    const key = String(request.headers['idempotency-key']);
    if (!orders.has(key)) {
      orders.set(key, orders.size + 1);
      // It has done its work, and says so only when it is asked again.
      return json({ error: 'try again' }, 503);
    }
    json({ order: orders.get(key) }, 201);
  },
  // Of login.example.com: OAuth 2, as far as a client sees it that is served at once.
  'GET /.well-known/openid-configuration': ({ json }) =>
    json({
      issuer: 'https://login.example.com/',
      authorization_endpoint: 'https://login.example.com/oauth/authorize',
      token_endpoint: 'https://login.example.com/oauth/token',
      device_authorization_endpoint: 'https://login.example.com/oauth/device',
    }),
  'POST /oauth/token': ({ memory, json }) =>
    json({ access_token: `token-${++memory.tokens}`, token_type: 'bearer', expires_in: 3600 }),
  'POST /oauth/device': ({ json }) =>
    json({
      device_code: 'd',
      user_code: 'ABCD',
      verification_uri: 'https://login.example.com/device',
      expires_in: 60,
      interval: 1,
    }),
  'POST /token': ({ memory, json }) =>
    json({ access_token: `token-${++memory.tokens}`, refresh_token: 'r', expires_in: 3600 }),
  'POST /tokens': ({ memory, json }) => json({ accessToken: `token-${++memory.tokens}` }),
  'GET /me': ({ request, json }) =>
    /^Bearer token-[1-9]/.test(request.headers.authorization ?? '')
      ? json({ name: 'Ann' })
      : json({ error: 'a newer token, please' }, 401, { 'www-authenticate': 'Bearer' }),
  'GET /limited': ({ response, memory, json }) =>
    memory.busy++ % 2 === 0
      ? response.writeHead(429, { 'retry-after': '0' }).end()
      : json({ ready: true }),
  'POST /upload': ({ request, body, json }) => {
    const type = String(request.headers['content-type']).replace(/;.*/, '');
    json({ type, bytes: Buffer.byteLength(body) }, 201);
  },
  'GET /login': ({ response }) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(
        '<form method="post" action="/login"><input type="hidden" name="csrf" value="x">' +
          '<input name="user"><input name="password" type="password"></form>',
      ),
};

function echo({ request, url, body, json }: Exchange): void {
  const { 'x-example-host': host, 'x-example-program': _, ...headers } = request.headers;
  json({ method: request.method, host, path: url.pathname + url.search, headers, body });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '', 'http://example');
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  const json: Exchange['json'] = (data, status = 200, headers = {}) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(data));
  const { pathname } = url;
  const route =
    routes[`${request.method} ${pathname}`] ??
    routes[`${request.method} ${pathname.replace(/^\/v1(?=\/)/, '')}`];
  if (route) route({ request, response, url, body, memory: memoryOf(request), json });
  else json({ error: 'no such thing' }, 404);
}

/** Starts it on a free port. */
export async function exampleServer(): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close().closeAllConnections();
      await once(server, 'close');
    },
  };
}
