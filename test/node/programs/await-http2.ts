/** Waits for a call over HTTP/2 and for nothing else, and says how it has ended. */
import { Session } from 'isosession';
import { undiciTransport } from 'isosession/node';

const [origin = ''] = process.argv.slice(2);
const session = new Session({
  retry: 0,
  transport: undiciTransport({ http2: true, tls: { ca: String(process.env['CA']) } }),
});
console.log(
  await session
    .get(origin)
    .text()
    .catch((error: unknown) => (error as Error).name),
);
