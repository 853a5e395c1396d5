/**
 * The whole story on a real server of its own: each step prints what went over the wire, and fails when it is not what it says.
 * Run it by `npm run demo`.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';
import { basic, get, HTTPError, Session, SessionClosedError } from 'isosession';

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, green] = [paint('1'), paint('2'), paint('32')];

const wire = [];
const sockets = new Set();
const shown = ['cookie', 'authorization', 'x-api-key', 'x-client', 'accept', 'content-type'];

/** The server: it notes every request as it came and every response as it went. */
function serve(request, response) {
  const socket = request.socket.number;
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const { status = 200, headers = {}, text = '' } = route(request, body);
    wire.push({ host: request.headers.host, socket, method: request.method, path: request.url, headers: request.headers, body, status, answer: headers });
    response.writeHead(status, headers).end(text);
  });
}

let busy = 2;
function route({ url, headers }, body) {
  const json = (data, more = {}) => ({ headers: { 'content-type': 'application/json', ...more }, text: JSON.stringify(data) });
  const { pathname, searchParams } = new URL(url, 'http://demo');
  if (pathname === '/login') return json({ hello: new URLSearchParams(body).get('user') }, { 'set-cookie': 'sid=s3cr3t; Path=/; HttpOnly' });
  if (pathname === '/profile') return headers.cookie?.includes('sid=') ? json({ name: 'Ann' }) : { ...json({ error: 'log in first' }), status: 401 };
  if (pathname === '/moved') return { status: 302, headers: { 'location': searchParams.get('to'), 'set-cookie': 'seen=1; Path=/' } };
  if (pathname === '/busy' && busy-- > 0) return { status: 503, headers: { 'retry-after': '1' } };
  return json({ path: pathname });
}

async function listen(host) {
  const server = createServer(serve);
  server.on('connection', (socket) => {
    socket.number = sockets.size + 1;
    sockets.add(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://${host}:${server.address().port}` };
}

const [main, other] = [await listen('127.0.0.1'), await listen('localhost')];
const names = new Map([[new URL(main.origin).host, 'api  '], [new URL(other.origin).host, 'other']]);

let steps = 0;
async function step(title, code, run) {
  wire.length = 0;
  console.log(`\n${bold(`${++steps}. ${title}`)}`);
  for (const line of code.split('\n')) console.log(dim(`   ${line}`));
  const said = await run();
  for (const { host, socket, method, path, headers, status, answer } of wire.slice(0, 6)) {
    const place = decodeURIComponent(path).replace(other.origin, 'http://other');
    console.log(`   ${names.get(host) ?? host}  socket ${String(socket).padStart(2)}  → ${`${method} ${place}`.padEnd(34)} ← ${status}`);
    for (const name of shown) if (headers[name] && !(name === 'accept' && headers[name] === '*/*')) console.log(`                        ${name}: ${headers[name]}`);
    for (const name of ['set-cookie', 'location', 'retry-after']) if (answer[name]) console.log(`${' '.repeat(62)}${name}: ${String(answer[name]).replace(other.origin, 'http://other')}`);
  }
  if (wire.length > 6) console.log(`   … and ${wire.length - 6} more`);
  console.log(green(`   ✓ ${said}`));
}

const sent = (name, index = wire.length - 1) => wire[index].headers[name];

console.log(bold('isosession: one session, from login to close'));
console.log(dim('Each line below a call is one exchange that the server saw: → what came in, ← what it answered.'));

const api = new Session({ baseUrl: main.origin, headers: { 'x-client': 'demo' }, auth: basic('user', 'pass') });

await step('A login sets a cookie', "const api = new Session({ baseUrl, headers: { 'x-client': 'demo' }, auth: basic('user', 'pass') });\nawait api.post('login', { form: { user: 'ann' } });", async () => {
  await api.post('login', { form: { user: 'ann' } });
  assert.equal(wire[0].body, 'user=ann');
  assert.equal((await api.cookies.get('sid')).value, 's3cr3t');
  return `the jar holds: ${(await api.cookies.getAll()).map(({ name }) => name).join(', ')}`;
});

await step('A page needs the cookie', "const profile = await api.get('profile').json();", async () => {
  const profile = await api.get('profile').json();
  assert.equal(sent('cookie'), 'sid=s3cr3t');
  assert.equal(sent('authorization'), 'Basic dXNlcjpwYXNz');
  return `cookie and Basic credentials went along on the same socket: ${JSON.stringify(profile)}`;
});

await step('A call overrides a default, or removes it', "await api.get('a', { headers: { 'x-client': 'other' } });\nawait api.get('b', { headers: { 'x-client': null }, auth: null });", async () => {
  await api.get('a', { headers: { 'x-client': 'other' } });
  await api.get('b', { headers: { 'x-client': null }, auth: null });
  assert.equal(sent('x-client', 0), 'other');
  assert.equal(sent('x-client', 1), undefined);
  assert.equal(sent('authorization', 1), undefined);
  return 'the session itself is as it was';
});

await step('A redirect sets a cookie', "const response = await api.get('moved', { searchParams: { to: '/profile' } });", async () => {
  const response = await api.get('moved', { searchParams: { to: '/profile' } });
  assert.equal(sent('cookie'), 'sid=s3cr3t; seen=1');
  assert.equal(response.history.length, 1);
  return `the second hop sent it already; response.history has ${response.history.map(({ status }) => status)}`;
});

await step('A redirect to another origin takes nothing secret along', "await api.get('moved', { searchParams: { to: other } });", async () => {
  await api.get('moved', { searchParams: { to: `${other.origin}/page` } });
  for (const name of ['authorization', 'x-client', 'cookie']) assert.equal(sent(name), undefined);
  return 'no cookie, no credentials, no x-client: what a session adds belongs to its own origin';
});

await step('A busy server is asked again', "const response = await api.get('busy');   // 503, 503, then 200; Retry-After: 1", async () => {
  const start = performance.now();
  const response = await api.get('busy');
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  assert.deepEqual([response.status, response.attempts], [200, 3]);
  return `${response.attempts} attempts in ${seconds} s: it waited as long as the server said`;
});

await step('An error status: a response when awaited, an HTTPError when data is asked for', "await api.get('profile', { credentials: 'omit' });          // 401\nawait api.get('profile', { credentials: 'omit' }).json();   // throws", async () => {
  assert.equal((await api.get('profile', { credentials: 'omit' })).status, 401);
  const error = await api.get('profile', { credentials: 'omit' }).json().catch((thrown) => thrown);
  assert.ok(error instanceof HTTPError);
  assert.deepEqual(error.data, { error: 'log in first' });
  return `${error.name} ${error.code}, data: ${JSON.stringify(error.data)}`;
});

await step('Five calls, without a session and with one', 'for (let i = 0; i < 5; i++) await get(url);       // a session each\nfor (let i = 0; i < 5; i++) await api.get(url);   // one session', async () => {
  const measure = async (call) => {
    const before = sockets.size;
    const start = performance.now();
    for (let i = 0; i < 5; i++) await call(`${main.origin}/five`).text();
    return { opened: sockets.size - before, ms: (performance.now() - start).toFixed(1) };
  };
  const without = await measure(get);
  const within = await measure((url) => api.get(url));
  assert.deepEqual([without.opened, within.opened], [5, 0]);
  return `without: ${without.opened} sockets, ${without.ms} ms · with: ${within.opened} new sockets, ${within.ms} ms`;
});

await step('A transport of your own for a part of the URLs', "api.mount('https://fake.example', { send: async ({ url }) => Response.json({ faked: url.pathname }) });", async () => {
  api.mount('https://fake.example', { send: async ({ url }) => Response.json({ faked: url.pathname }) });
  const data = await api.get('https://fake.example/x').json();
  assert.deepEqual(data, { faked: '/x' });
  assert.equal(wire.length, 0);
  return `nothing went over the wire: ${JSON.stringify(data)}`;
});

await step('Close', "await api.close();\nawait api.get('a');   // rejects", async () => {
  await api.close();
  const error = await api.get('a').catch((thrown) => thrown);
  assert.ok(error instanceof SessionClosedError);
  await Promise.all([...sockets].map((socket) => socket.destroyed || new Promise((resolve) => socket.once('close', resolve))));
  return `${error.name}; every socket is closed`;
});

main.server.close();
other.server.close();
console.log(`\n${bold(`${steps} steps, each as it says.`)}`);
