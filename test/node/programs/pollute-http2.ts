/**
 * Makes the same calls over HTTP/2 with one polluted option of Node's after another, each over a
 * connection of its own.
 *
 * Not with `maxSendHeaderBlockLength`, `remoteCustomSettings`, `maxHeaderSize` and `parent`: Node
 * copies our options, which have no prototype, into objects of its own that have one, and reads
 * these from there. A polluted prototype inside Node's own internals is out of scope.
 */
import { Session } from 'isosession';
import { undiciTransport } from 'isosession/node';

const [origin = ''] = process.argv.slice(2);

const hostile: Record<string, unknown> = {
  // Of a session.
  maxDeflateDynamicTableSize: 0,
  maxReservedRemoteStreams: 5,
  paddingStrategy: 1,
  maxHeaderListPairs: 1,
  maxOutstandingPings: 1,
  maxOutstandingSettings: 1,
  maxSessionMemory: 1,
  maxSettings: 1,
  peerMaxConcurrentStreams: 1,
  settings: { enablePush: true },
  maxSessionInvalidFrames: 'evil',
  maxSessionRejectedStreams: 'evil',
  selectPadding: 'evil',
  createConnection: 'evil',
  protocol: 'evil:',
  // Of its socket.
  servername: 'evil.test',
  httpSocket: {},
  // Of its settings.
  headerTableSize: 1,
  enablePush: true,
  initialWindowSize: 1,
  maxFrameSize: 20_000,
  maxConcurrentStreams: 1,
  maxHeaderListSize: 1,
  enableConnectProtocol: true,
  customSettings: { 10: 1 },
  // Of a request; not `signal`, which Node gives its own streams in an object that has a prototype.
  endStream: true,
  exclusive: true,
  silent: true,
  waitForTrailers: true,
  ':path': '/evil',
  ':authority': 'evil',
  'x-evil': 'evil',
  'content-length': '1',
  te: 'trailers',
  cookie: 'evil=1',
};

const failures: string[] = [];
for (const [name, value] of [['none', undefined], ...Object.entries(hostile)] as [
  string,
  unknown,
][]) {
  Object.defineProperty(Object.prototype, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: true,
  });
  try {
    const session = new Session({
      retry: 0,
      transport: undiciTransport({ http2: true, tls: { ca: String(process.env['CA']) } }),
    });
    const got = [
      await session.get(`${origin}/get`).text(),
      await session.post(`${origin}/post`, { body: 'body' }).text(),
    ].join();
    if (got !== 'GET ,POST body') failures.push(`${name}: ${got}`);
    await session.close();
  } catch (error) {
    failures.push(`${name}: ${String(error)}`);
  }
  Reflect.deleteProperty(Object.prototype, name);
}
console.log(JSON.stringify({ count: Object.keys(hostile).length + 1, failures }));
