/**
 * The HTTP proxy of the bench, a process of its own: it sends its URL to its parent and serves
 * until the parent goes.
 *
 * It does as little as it can, so that it is not what is measured: the first request on a
 * connection says where all of them go. For CONNECT it moves bytes; of a request in absolute form
 * it takes the origin off, where each begins a packet.
 */
import { connect, createServer } from 'node:net';

const toOriginForm = (packet) =>
  Buffer.from(packet.toString('latin1').replace(/^([A-Z]+) http:\/\/[^/]+/, '$1 '), 'latin1');

function serve(client, first) {
  const [, method, host, port] = /^([A-Z]+) (?:http:\/\/)?([^/:]+):(\d+)/.exec(
    first.toString('latin1'),
  );
  const target = connect({ host, port, noDelay: true });
  if (method === 'CONNECT') {
    target.on('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    });
    client.pipe(target);
  } else {
    target.write(toOriginForm(first));
    client.on('data', (packet) => target.write(toOriginForm(packet))).on('end', () => target.end());
  }
  target.pipe(client);
  target.on('error', () => client.destroy());
  client.on('error', () => target.destroy());
}

const server = createServer({ noDelay: true }, (client) =>
  client.once('data', (first) => serve(client, first)),
);
server.listen(0, '127.0.0.1', () =>
  process.send({ url: `http://127.0.0.1:${server.address().port}` }),
);
process.on('disconnect', () => process.exit());
