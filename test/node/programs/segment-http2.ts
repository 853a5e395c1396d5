/**
 * Makes a call over HTTP/2 to a server that answers it by one TCP segment, given in hexadecimal,
 * and ends it in one of several ways; then it makes one to a server that answers as it should.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { Session, SessionError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { authority, identities } from '../../support/certificates.ts';
import { encode, endHeaders, endStream, frameOf, frameType } from '../../support/h2-frames.ts';

const [segment = '', fate = ''] = process.argv.slice(2);
const sound = Buffer.concat([
  frameOf(frameType.settings, 0, 0),
  frameOf(frameType.headers, endHeaders, 1, encode([[':status', '200']])),
  frameOf(frameType.data, endStream, 1, 'ok'),
]);

let connections = 0;
const server = createServer({ ...identities.good, ALPNProtocols: ['h2'] }, (socket) => {
  const answer = connections++ === 0 ? Buffer.from(segment, 'hex') : sound;
  socket.on('error', () => {}).once('data', () => socket.write(answer));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `https://localhost:${(server.address() as AddressInfo).port}/`;
const open = (): Session =>
  new Session({
    retry: 0,
    timeout: { response: 1000, body: 1000 },
    transport: undiciTransport({ http2: true, tls: { ca: authority } }),
  });

class OurReason extends Error {}
const session = open();
const stop = new AbortController();
const fates: Record<string, () => Promise<unknown>> = {
  read: () => session.get(origin).text(),
  'read, then close()': async () => {
    const text = await session.get(origin).text();
    await session.close();
    return text;
  },
  'destroy() as a body comes': () => {
    const onDownloadProgress = (): void => void session.destroy(new OurReason());
    return session.get(origin, { onDownloadProgress }).text();
  },
  'abort as headers come': async () => {
    const response = await session.get(origin, { signal: stop.signal });
    stop.abort(new OurReason());
    return response.text();
  },
};
const outcome = await fates[fate]?.().catch((error: unknown) =>
  SessionError.is(error) || error instanceof OurReason ? error.name : error,
);
await session.destroy();
await using other = open();
console.log(JSON.stringify([outcome, await other.get(origin).text()]));
await other.close();
server.close();
