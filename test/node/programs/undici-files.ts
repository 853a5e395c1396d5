// Tells how undici was loaded, from a copy of it that may keep its own files to itself.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Session } from 'isosession';

const server = createServer((_, response) => response.end('hello'));
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const session = new Session();
const text = await session.get(url).text();
// Set by the test's copy of undici; Node's own sets the dispatcher, too.
const setByUs = 'isGlobalDispatcherSet' in globalThis;
const socks = await session.get(url, { proxy: 'socks5://127.0.0.1:1' }).then(
  () => 'none',
  (error: { code?: string }) => error.code,
);
const fetched = await (await fetch(url)).text();
// What somebody else loads later is theirs.
const { request } = await import('undici');
const requested = await (await request(url)).body.text();
console.log(JSON.stringify({ text, setByUs, socks, fetched, requested }));
await session.close();
server.closeAllConnections();
server.close();
