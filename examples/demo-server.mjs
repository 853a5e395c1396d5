/** The servers of the demo: they note every exchange as they see it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';

/** Every exchange since it was last emptied. */
export const wire = [];

/** Every connection that was ever made, its `number` counted from 1. */
export const sockets = [];

export const json = (data, headers = {}, status = 200) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  text: JSON.stringify(data),
});
const moved = (location, headers = {}) => ({
  status: 302,
  headers: { location, ...headers },
  text: '',
});

/**
 * What each path answers, given the request's headers and body; any other path answers its own
 * name.
 */
function routesOf(elsewhere) {
  let busy = 2;
  return {
    '/login': (_, body) =>
      json(
        { hello: new URLSearchParams(body).get('user') },
        { 'set-cookie': 'sid=s3cr3t; HttpOnly' },
      ),
    '/profile': ({ cookie = '' }) =>
      cookie.includes('sid=s3cr3t')
        ? json({ name: 'Ann' })
        : json({ error: 'log in first' }, {}, 401),
    '/admin': ({ authorization }) =>
      authorization === `Basic ${btoa('ann:pass')}`
        ? json({ admin: true })
        : json({ error: 'who are you?' }, { 'www-authenticate': 'Basic' }, 401),
    '/old-page': () => moved('/new-page', { 'set-cookie': 'seen=1; Path=/' }),
    '/elsewhere': () => moved(elsewhere()),
    '/busy': () =>
      busy-- > 0
        ? { status: 503, headers: { 'retry-after': '1' }, text: '' }
        : json({ ready: true }),
  };
}

/**
 * Starts a server on a free port; `elsewhere` gives the target of its redirect to another origin.
 */
export async function listen(host, elsewhere) {
  const routes = routesOf(elsewhere);
  const serve = async (request, response) => {
    const { method, url, headers, socket } = request;
    const at = performance.now();
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const answer = (routes[url] ?? (() => json({ path: url })))(headers, body);
    wire.push({
      at,
      socket: socket.number,
      origin: `http://${headers.host}`,
      method,
      path: url,
      headers,
      body,
      answer,
    });
    response.writeHead(answer.status, answer.headers).end(answer.text);
  };
  const server = createServer((request, response) => void serve(request, response));
  server.on('connection', (socket) => {
    socket.number = sockets.push(socket);
  });
  await once(server.listen(0, host), 'listening');
  return { server, origin: `http://${host}:${server.address().port}` };
}
