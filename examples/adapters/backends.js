/**
 * What the examples call when they are run by themselves: a backend that counts a visitor's visits
 * in a cookie, and a third party.
 */
import { createServer } from 'node:http';

createServer((request, response) => {
  const visits = Number(/(?:^|; )visits=(\d+)/.exec(request.headers.cookie ?? '')?.[1] ?? 0) + 1;
  response.writeHead(200, {
    'content-type': 'application/json',
    'set-cookie': `visits=${visits}; Path=/; HttpOnly`,
  });
  response.end(JSON.stringify({ name: visits > 1 ? `friend of ${visits} visits` : 'stranger' }));
})
  .listen(4000, '127.0.0.1')
  .unref();

createServer((request, response) => response.end('Sunny.'))
  .listen(4001, '127.0.0.1')
  .unref();
