/**
 * The loopback server of the bench, a process of its own: it sends its origin to its parent and
 * serves until the parent goes. Given a folder with `cert.pem` and `key.pem`, it has two more:
 * `secure`, and `http2`, of which it answers each message with the protocols of the connections
 * that were made since the one before.
 *
 * `POST /login` sets the one cookie; `GET /whoami` says which cookies came; `GET /items/<n>` is
 * about 1 kB of JSON, built before the first call; `GET /download/<bytes>` and `PUT /upload` move
 * streams. It does as little per request as `node:http` lets it.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { item, itemCount } from './items.mjs';

/** How much one write of a download takes: large enough that the server is not what is measured. */
const chunk = Buffer.alloc(256 * 1024, 'isosession ');

const bodies = Array.from({ length: itemCount }, (_, n) => Buffer.from(JSON.stringify(item(n))));
const jsonHeaders = bodies.map((body) => [
  'content-type',
  'application/json; charset=utf-8',
  'content-length',
  String(body.length),
]);

function sendJson(response, value, headers = {}) {
  const body = JSON.stringify(value);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** Resolves when more can be written, or nobody is there any more. */
function drained(response) {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}

async function sendDownload(response, length) {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
  for (let left = length; left > 0; left -= chunk.length) {
    if (response.destroyed) return;
    if (!response.write(left >= chunk.length ? chunk : chunk.subarray(0, left)))
      await drained(response);
  }
  response.end();
}

async function receiveUpload(request, response) {
  let bytes = 0;
  request.on('data', (data) => {
    bytes += data.length;
  });
  await once(request, 'end');
  sendJson(response, { bytes });
}

function answer(request, response) {
  const { url } = request;
  response.sendDate = false;
  if (url.startsWith('/items/')) {
    const n = Number(url.slice(7)) % itemCount;
    response.writeHead(200, jsonHeaders[n]);
    response.end(bodies[n]);
  } else if (url === '/login') {
    request.resume();
    sendJson(
      response,
      { ok: true },
      { 'set-cookie': 'session=7f3a9c51e2d84b06; Path=/; HttpOnly; SameSite=Lax' },
    );
  } else if (url === '/whoami') {
    sendJson(response, { cookie: request.headers.cookie ?? '' });
  } else if (url.startsWith('/download/')) {
    void sendDownload(response, Number(url.slice(10)));
  } else if (url === '/upload') {
    void receiveUpload(request, response);
  } else {
    response.writeHead(404).end();
  }
}

/** Resolves to the origin. */
async function listen(server, scheme) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `${scheme}://127.0.0.1:${server.address().port}`;
}

/** The two origins of https. */
async function listenSecurely(folder, keep) {
  const identity = {
    cert: readFileSync(join(folder, 'cert.pem')),
    key: readFileSync(join(folder, 'key.pem')),
  };
  const secure = await listen(createTlsServer({ ...keep, ...identity }, answer), 'https');
  let made = [];
  const server = createSecureServer({ ...identity, allowHTTP1: true }, answer).on(
    'secureConnection',
    ({ alpnProtocol }) => {
      made.push(alpnProtocol);
    },
  );
  process.on('message', () => {
    process.send(made);
    made = [];
  });
  return { secure, http2: await listen(server, 'https') };
}

const [folder] = process.argv.slice(2);
const keep = { keepAliveTimeout: 120_000, requestTimeout: 0 };
process.on('disconnect', () => process.exit());
process.send({
  origin: await listen(createServer(keep, answer), 'http'),
  ...(folder && (await listenSecurely(folder, keep))),
});
