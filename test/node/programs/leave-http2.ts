/**
 * Waits for what it wants over HTTP/2, leaves an idle connection and an unread body behind and does
 * nothing more: the process must end by itself, and not before.
 */
import { Session } from 'isosession';
import { undiciTransport } from 'isosession/node';

const [origin = ''] = process.argv.slice(2);
const open = (): Session =>
  new Session({
    transport: undiciTransport({ http2: true, tls: { ca: String(process.env['CA']) } }),
  });
const session = open();
await session.get(`${origin}/large`);
console.log(await session.get(`${origin}/slow`).text());
await open().get(`${origin}/small`).text();
console.log('done');
