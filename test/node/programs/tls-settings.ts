/**
 * Connects to a port of 127.0.0.1 with each of some `tls` options, in JSON, and tells what became
 * of it.
 */
import { connect } from 'node:tls';
import { readTls } from '../../../src/node/tls/read-tls.ts';

const [port, ...options] = process.argv.slice(2);
for (const text of options) {
  const outcome = await new Promise<string>((resolve) => {
    const socket = connect(
      {
        host: '127.0.0.1',
        port: Number(port),
        ...readTls(JSON.parse(text), 'tls').connectOptions(),
      },
      () => {
        resolve('connected');
        socket.destroy();
      },
    );
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });
  console.log(outcome);
}
