/**
 * Makes a call over HTTP/2 where Node itself refuses to make a session: with a polluted prototype
 * that `http2.connect()` takes for an option of a wrong type.
 */
import { NetworkError, Session } from 'isosession';
import { undiciTransport } from 'isosession/node';

const [origin = ''] = process.argv.slice(2);
const session = new Session({
  retry: 0,
  transport: undiciTransport({ http2: true, tls: { ca: String(process.env['CA']) } }),
});
const evil = { value: 'evil', configurable: true };
Object.defineProperty(Object.prototype, 'remoteCustomSettings', evil);
const error: unknown = await session.get(origin).catch((reason: unknown) => reason);
Reflect.deleteProperty(Object.prototype, 'remoteCustomSettings');
const after = await session.get(origin).text();
await session.close();
console.log(JSON.stringify({ isNetworkError: error instanceof NetworkError, after }));
