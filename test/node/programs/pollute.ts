/**
 * Makes the same calls with one polluted property after another; what goes over the wire is for the
 * server to compare.
 */
import { connect } from 'node:net';
import { basic, Session, type Transport } from 'isosession';
import { undiciTransport } from 'isosession/node';

const port = Number(process.argv[2]);
const origin = `http://127.0.0.1:${port}`;
const evil = `http://127.0.0.1:${port}/evil`;

// Every public option, the keys of undici and of Node's own fetch, and names that records of ours
// have inside.
const names = [
  'method',
  'headers',
  'searchParams',
  'json',
  'form',
  'body',
  'cookies',
  'auth',
  'timeout',
  'retry',
  'maxRedirects',
  'throwHttpErrors',
  'parseJson',
  'stringifyJson',
  'onUploadProgress',
  'onDownloadProgress',
  'maxResponseSize',
  'keepHeaders',
  'context',
  'transport',
  'signal',
  'redirect',
  'credentials',
  'mode',
  'cache',
  'integrity',
  'keepalive',
  'priority',
  'referrer',
  'referrerPolicy',
  'baseUrl',
  'origins',
  'hooks',
  'trustEnv',
  'proxy',
  'tls',
  'connect',
  'response',
  'total',
  'limit',
  'methods',
  'statusCodes',
  'afterStatusCodes',
  'maxRetryAfter',
  'delay',
  'backoffLimit',
  'jitter',
  'retryOnTimeout',
  'shouldRetry',
  'beforeRequest',
  'afterResponse',
  'beforeError',
  'beforeRetry',
  'http',
  'nextPage',
  'connections',
  'pipelining',
  'keepAliveTimeout',
  'keepAliveMaxTimeout',
  'maxConnectionAge',
  'maxHeaderSize',
  'http2',
  'socketPath',
  'localAddress',
  'lookup',
  'guard',
  'dispatcher',
  'fetch',
  'managed',
  'origin',
  'path',
  'query',
  'upgrade',
  'idempotent',
  'blocking',
  'expectContinue',
  'reset',
  'headersTimeout',
  'bodyTimeout',
  'connectTimeout',
  'throwOnError',
  'maxRequestsPerClient',
  'maxConcurrentStreams',
  'allowH2',
  'autoSelectFamily',
  'interceptors',
  'factory',
  'strictContentLength',
  'opaque',
  'responseHeaders',
  'duplex',
  'window',
  'next',
  'cf',
  'client',
  'unix',
  'servername',
  'secure',
  'httpOnly',
  'hostOnly',
  'domain',
  'expires',
  'sameSite',
  'ignoreError',
  'looseMode',
  'rejectPublicSuffixes',
  'username',
  'password',
  'type',
  'encoding',
  'length',
  // What Node's sockets and streams take.
  'allowHalfOpen',
  'autoSelectFamilyAttemptTimeout',
  'blockList',
  'ca',
  'cert',
  'construct',
  'defaultEncoding',
  'family',
  'final',
  'handle',
  'hints',
  'keepAlive',
  'keepAliveInitialDelay',
  'key',
  'localPort',
  'noDelay',
  'objectMode',
  'onread',
  'passphrase',
  'pauseOnCreate',
  'pfx',
  'readable',
  'readableHighWaterMark',
  'readableObjectMode',
  'rejectUnauthorized',
  'secureContext',
  'secureProtocol',
  'writable',
  'writableHighWaterMark',
  'writableObjectMode',
  'write',
  'writev',
  'host',
  'hostname',
  'port',
  'protocol',
  'agent',
  'session',
  'socket',
  'httpSocket',
  // Of the environment: `process.env` inherits, too.
  'http_proxy',
  'HTTP_PROXY',
];

// Node's streams keep their listeners in a record that inherits from Object.prototype: under these
// names anything but a function breaks a bare socket, before any client has its say.
const events = ['connect', 'lookup', 'ready', 'drain'];

const hostile = (name: string): unknown => {
  if (events.includes(name)) return () => {};
  if (functions.includes(name)) {
    return () => {
      throw new Error('evil');
    };
  }
  const values: Record<string, unknown> = {
    method: 'DELETE',
    headers: { 'x-evil': '1' },
    searchParams: { evil: '1' },
    form: { evil: '1' },
    json: { evil: 1 },
    body: 'evil',
    cookies: { evil: '1' },
    auth: basic('evil', 'evil'),
    baseUrl: evil,
    origins: [evil],
    origin: evil,
    path: '/evil',
    query: { evil: 1 },
    socketPath: '/tmp/evil.sock',
    proxy: evil,
    upgrade: 'websocket',
    maxRedirects: 0,
    redirect: 'error',
    managed: true,
    http_proxy: evil,
    HTTP_PROXY: evil,
    throwHttpErrors: true,
    maxResponseSize: 1,
    limit: 9,
    methods: ['POST'],
    retry: 9,
    statusCodes: [200],
    connections: 1,
    pipelining: 0,
    username: 'evil',
    password: 'evil',
    reset: true,
    expectContinue: true,
    length: 1,
  };
  return Object.hasOwn(values, name) ? values[name] : 'evil';
};

const functions = [
  'parseJson',
  'stringifyJson',
  'onUploadProgress',
  'onDownloadProgress',
  'delay',
  'jitter',
  'shouldRetry',
  'factory',
  'fetch',
  'nextPage',
  'responseHeaders',
];

/** Tells the server where the calls of one property begin, on a connection of its own. */
async function mark(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`MARK /${text} HTTP/1.1\r\n\r\n`));
    socket
      .once('data', () => socket.destroy())
      .once('close', () => resolve())
      .once('error', reject);
  });
}

interface Clients {
  readonly session: Session;
  readonly wire: Transport;
}

async function open(): Promise<Clients> {
  const session = new Session({
    baseUrl: `${origin}/base/`,
    headers: { 'x-default': '1' },
    auth: basic('user', 'pass'),
  });
  await session.cookies.set('sid=1');
  return { session, wire: undiciTransport() };
}

/** Opens the sockets of both transports, so that the calls that follow need no new ones. */
async function warmUp({ session, wire }: Clients): Promise<void> {
  await session.get('warm', {}).text();
  await session.get('warm', { transport: { send: (request) => wire.send(request) } }).text();
}

async function calls({ session, wire }: Clients): Promise<string> {
  const answers = [
    await session.get('get', {}).text(),
    await session.post('post', { json: { a: 1 } }).text(),
    await session.put('put', { form: { b: 2 }, searchParams: { q: 1 } }).text(),
    await session.get('redirect', {}).text(),
    await session.get('cookie').text(),
    await session.patch('patch', { body: new Blob(['blob']), headers: { 'x-call': '1' } }).text(),
    await session.get('wrapped', { transport: { send: (request) => wire.send(request) } }).text(),
  ];
  await session.close();
  await wire.close?.();
  return answers.join();
}

async function polluted<T>(name: string, task: () => Promise<T>): Promise<T> {
  Object.defineProperty(Object.prototype, name, {
    value: hostile(name),
    configurable: true,
    writable: true,
    enumerable: name !== 'length',
  });
  try {
    return await task();
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

/** Whether a socket of Node's own still opens where no client has its say. */
async function bareSocketOpens(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const options = { port, host: '127.0.0.1', highWaterMark: 2 ** 16 };
      const socket = connect(Object.assign(Object.create(null) as typeof options, options));
      socket
        .once('connect', () => {
          socket.destroy();
          resolve(true);
        })
        .once('error', () => resolve(false));
    } catch {
      resolve(false);
    }
  });
}

await mark('baseline');
const wanted = await calls(await open());
const failures: string[] = [];
/** With these Node opens no socket at all: they are tried over sockets that are open. */
const nodeBreaks: string[] = [];
for (const name of names) {
  const clients = await open();
  if (!(await polluted(name, bareSocketOpens))) {
    nodeBreaks.push(name);
    await mark('warm-up');
    await warmUp(clients);
  }
  await mark(name);
  const got = await polluted(name, async () => calls(clients).catch(String));
  if (got !== wanted) failures.push(`${name}: ${got}`);
}
await mark('end');
console.log(JSON.stringify({ count: names.length, failures, nodeBreaks }));
