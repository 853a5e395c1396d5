/** The API, on an origin of its own: cookies, CORS and CSRF for all of its routes. */
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logins } from './logins.ts';
import { type Answer, routes } from './routes.ts';

export interface ApiSettings {
  /** How long an access token lives, in ms. */
  lifetime: number;
  /** How long a spent refresh token is forgiven, in ms. */
  grace: number;
  /** The origin whose pages may call. */
  page: () => string;
  /** Known to the page server and to nobody else. */
  serviceKey: string;
}

/** One call, as the API saw it. */
export interface SeenCall {
  method: string;
  path: string;
  status: number;
  by: 'browser' | 'page server';
}

export interface Api {
  origin: string;
  server: Server;
  /** Every call since the start, but for the questions of CORS. */
  calls: SeenCall[];
}

const readCookies = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries((headers.cookie ?? '').split('; ').map((pair) => pair.split('=', 2)));

/** A header that another site's page can neither read from the cookie nor send without CORS. */
const hasCsrfToken = ({ headers }: IncomingMessage, cookies: Record<string, string>): boolean =>
  Boolean(cookies['XSRF-TOKEN']) && headers['x-xsrf-token'] === cookies['XSRF-TOKEN'];

export async function startApi({ lifetime, grace, page, serviceKey }: ApiSettings): Promise<Api> {
  const answer = routes(new Logins({ lifetime, grace }), lifetime);
  const calls: SeenCall[] = [];

  async function handle(
    request: IncomingMessage,
    path: string,
    searchParams: URLSearchParams,
  ): Promise<Answer> {
    const { method = '' } = request;
    const cookies = readCookies(request);
    const route = answer[`${method} ${path}`];
    if (!route) return { status: 404, data: { error: 'There is no such thing.' } };
    if (method === 'POST' && !hasCsrfToken(request, cookies))
      return { status: 403, data: { error: 'The CSRF token is missing or wrong.' } };
    const result = await route({ request, cookies, searchParams });
    if (!cookies['XSRF-TOKEN'])
      result.cookies = [
        ...(result.cookies ?? []),
        `XSRF-TOKEN=${randomBytes(18).toString('base64url')}; Path=/; SameSite=Lax`,
      ];
    return result;
  }

  const server = createServer(
    (request, response) =>
      void (async () => {
        const { method = '', url = '/', headers } = request;
        const { pathname: path, searchParams } = new URL(url, 'http://api');
        if (headers.origin === page()) {
          response.setHeader('access-control-allow-origin', page());
          response.setHeader('access-control-allow-credentials', 'true');
          // Without this, a session in a browser does not know how long to wait.
          response.setHeader('access-control-expose-headers', 'retry-after');
        }
        response.setHeader('vary', 'origin');
        response.setHeader('cache-control', 'no-store');
        if (method === 'OPTIONS') {
          response.setHeader('access-control-allow-headers', 'content-type, x-xsrf-token');
          response.setHeader('access-control-max-age', '600');
          response.writeHead(204).end();
          return;
        }
        const {
          status = 200,
          data,
          headers: more = {},
          cookies = [],
        } = await handle(request, path, searchParams);
        calls.push({
          method,
          path,
          status,
          by: headers['x-service-key'] === serviceKey ? 'page server' : 'browser',
        });
        response.setHeader('set-cookie', cookies);
        response
          .writeHead(status, { 'content-type': 'application/json', ...more })
          .end(JSON.stringify(data));
      })().catch((error: unknown) => {
        // Whoever sent it has gone, as with an upload that is cancelled.
        if (response.destroyed) return;
        console.error(error);
        if (response.headersSent) response.destroy();
        else
          response
            .writeHead(500, { 'content-type': 'application/json' })
            .end('{"error":"Something went wrong."}');
      }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, calls };
}
