/**
 * The server of the runtimes, a process of its own: it sends its origin to its parent and serves
 * until the parent goes. `GET /items/<n>` is about 1 kB of JSON, everything else an empty page. It
 * writes and reads sockets by itself, since `node:http` takes longer than Bun does for a call.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { item, itemCount } from '../items.mjs';

function answer(type, body) {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

const items = Array.from({ length: itemCount }, (_, n) =>
  answer('application/json; charset=utf-8', JSON.stringify(item(n))),
);
const page = answer('text/html', '<!doctype html><title>Bench</title>');

/** The clients send nothing but GET: a blank line ends a request. */
const server = createServer({ noDelay: true }, (socket) => {
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (text) => {
    rest += text;
    for (let end; (end = rest.indexOf('\r\n\r\n')) >= 0; rest = rest.slice(end + 4)) {
      const isItem = rest.startsWith('GET /items/');
      socket.write(isItem ? items[parseInt(rest.slice(11, 31), 10) % itemCount] : page);
    }
  });
});

process.on('disconnect', () => process.exit());
await once(server.listen(0, '127.0.0.1'), 'listening');
process.send({ origin: `http://127.0.0.1:${server.address().port}` });
