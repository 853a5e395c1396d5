/** Leaves an idle connection and an unread body of HTTP/2 behind: the process must end by itself. */
import { Session } from 'isosession';
import { undiciTransport } from 'isosession/node';

const [origin = ''] = process.argv.slice(2);
const tls = { ca: String(process.env['CA']) };
await new Session({ transport: undiciTransport({ http2: true, tls }) }).get(origin).bytes();
await new Session({ transport: undiciTransport({ http2: true, tls }) }).get(origin);
console.log('done');
