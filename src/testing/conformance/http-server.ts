/** The server that transports are tested against. */
import { builtin } from '../host/builtin.ts';

/** What is used of the request that `node:http` hands out. */
interface Incoming extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
}

/** What is used of its response. */
interface Outgoing {
  writeHead(status: number, reason: string, headers: Record<string, string | string[]>): this;
  write(chunk: string): boolean;
  end(chunk?: string | Uint8Array): void;
  destroy(): void;
}

/** What is used of its server. */
interface HttpServer {
  listen(port: number, host: string, listening: () => void): unknown;
  address(): { port: number } | string | null;
  close(closed: () => void): unknown;
  closeAllConnections?(): void;
}

/** What is used of `node:http`. */
interface Http {
  createServer(listener: (request: Incoming, response: Outgoing) => void): HttpServer;
}

/** Pages that run the contract are of another origin. */
const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*, authorization',
  'access-control-allow-methods': '*',
  'access-control-expose-headers': '*',
};

/** Routes by their path: what answers, with what stands behind the path. */
const routes: Record<
  string,
  (response: Outgoing, request: Incoming, rest: string) => Promise<void> | void
> = {
  async echo(response, request) {
    const chunks: string[] = [];
    for await (const chunk of request) chunks.push(String.fromCharCode(...chunk));
    const { method, url, rawHeaders } = request;
    const text = JSON.stringify({ method, url, rawHeaders, body: chunks.join('') });
    response.writeHead(200, 'OK', { ...cors, 'content-type': 'application/json' }).end(text);
  },
  status(response, _, rest) {
    response.writeHead(Number(rest), '', { ...cors, 'x-a': 'b' }).end();
  },
  cookies(response) {
    response.writeHead(200, 'OK', { ...cors, 'set-cookie': ['a=1; Path=/', 'b=2'] }).end();
  },
  redirect(response) {
    response.writeHead(302, 'Found', { ...cors, location: '/status/200' }).end();
  },
  bytes(response, _, rest) {
    response.writeHead(200, 'OK', cors).end(new Uint8Array(Number(rest)).fill(7));
  },
  /** The headers and a first piece; then nothing more. */
  open(response) {
    response.writeHead(200, 'OK', cors).write('first');
  },
  /** Breaks off within the body. */
  cut(response) {
    response.writeHead(200, 'OK', { ...cors, 'content-length': '10' }).write('first');
    setTimeout(() => response.destroy(), 10);
  },
  /** Never answers. */
  silence() {},
};

export async function startHttpServer(): Promise<{ origin: string; close(): Promise<void> }> {
  const { createServer } = builtin<Http>('http', 'conformanceServer()');
  const server = createServer((request, response) => {
    const [, name = '', rest = ''] = request.url?.split(/[/?]/) ?? [];
    const route = request.method === 'OPTIONS' ? undefined : routes[name];
    if (route) void route(response, request, rest);
    else response.writeHead(204, 'No Content', cors).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections?.();
      }),
  };
}
