/** What `npm run soak` calls. It tells its parent the origin. */
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

type Route = (request: IncomingMessage, response: ServerResponse, argument: string) => void;

const sockets = new Set<Socket>();
/** How often each POST has come, by its number. */
const posts = new Map<string, number>();
const large = Buffer.alloc(2_000_000);
const chunk = '1\r\nx\r\n';

const routes: Record<string, Route> = {
  ok: (_, response) => void response.end('{"ok":true}'),
  small: (_, response) => void response.end(large.subarray(0, 10_000)),
  large: (_, response) => void response.end(large),
  missing: (_, response) => void response.writeHead(404).end('{"ok":false}'),
  redirect: (_, response, argument) =>
    void response.writeHead(302, { location: '/ok', 'set-cookie': `hop=${argument}` }).end(),
  slow: (_, response) => void setTimeout(() => response.end('{"ok":true}'), 50),
  never: () => {},
  drip: (_, response) => void response.write('first'),

  /** Resets its connection when that has been idle for so many ms. */
  reset({ method, socket, url = '' }, response, argument) {
    if (method === 'POST') posts.set(url, (posts.get(url) ?? 0) + 1);
    response.end('ok', () => {
      const timer = setTimeout(() => socket.resetAndDestroy(), Number(argument));
      const stop = (): void => {
        clearTimeout(timer);
        socket.off('data', stop).off('close', stop);
      };
      socket.on('data', stop).on('close', stop);
    });
  },

  /** So many chunks of a byte each. */
  chunks({ socket }, response, argument) {
    response.flushHeaders();
    let left = Number(argument);
    const write = (): void => {
      while (left > 0) {
        const count = Math.min(left, 10_000);
        left -= count;
        if (!socket.write(chunk.repeat(count))) return void socket.once('drain', write);
      }
      response.end();
    };
    write();
  },

  /** Appends to a file when all is written, for one whose loop is blocked. */
  marked(_, response, file) {
    response.end('{"ok":true}', () => appendFileSync(decodeURIComponent(file), 'x'));
  },
  'marked-halves'(_, response, file) {
    response.write('{"ok"');
    const rest = (): void =>
      void response.end(':true}', () => appendFileSync(decodeURIComponent(file), 'x'));
    setTimeout(rest, 50);
  },

  state(_, response) {
    const twice = [...posts.values()].filter((times) => times > 1).length;
    response.end(JSON.stringify({ sockets: sockets.size - 1, twice }));
  },
};

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const [, route = '', argument = ''] = request.url?.split(/[/?]/) ?? [];
  const answer = routes[route];
  if (!answer) return void response.writeHead(500).end();
  request.resume().once('end', () => answer(request, response, argument));
});
server.on('connection', (socket: Socket) => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
process.once('disconnect', () => process.exit());
