/**
 * The whole story of a session on real servers of its own. Each step prints the code that ran, what
 * went over the wire as the servers saw it, and the claims that were checked: one that does not
 * hold makes the exit code 1.
 *
 * Run it by `npm run demo`.
 */
import { once } from 'node:events';
import { STATUS_CODES } from 'node:http';
import { performance } from 'node:perf_hooks';
import { basic, get, HTTPError, Session, SessionClosedError } from 'isosession';
import { json, listen, sockets, wire } from './demo-server.mjs';

const main = await listen('127.0.0.1', () => `${partner.origin}/landing`);
const partner = await listen('localhost');

// ── The output
// ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

// Not in a file or a pipe, nor where NO_COLOR or TERM=dumb ask for none.
const coloured = process.stdout.hasColors?.() ?? false;
const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, red, green, yellow, cyan] = [1, 2, 31, 32, 33, 36].map(paint);
const print = (text = '') => console.log(text);
const widths = [10, 43, 42];

/** Pads by the text alone: escape codes have no width. */
function row(...cells) {
  const line = cells.map(
    ([text, colour = String], i) =>
      (text && colour(text)) + ' '.repeat(Math.max(0, widths[i] - text.length)),
  );
  print(`   ${line.join(' ')}`.trimEnd());
}

/** The source of what runs is what is shown, so that the one cannot differ from the other. */
function sourceOf(run) {
  const lines = String(run)
    .replace(/^(async )?\(\) => /, '')
    .split('\n');
  if (lines.length === 1) return [`await ${lines[0]};`];
  const inner = lines.slice(1, -1).filter((line) => !/^\s*return /.test(line));
  const indent = Math.min(...inner.map((line) => line.search(/\S/)));
  return inner.map((line) => line.slice(indent));
}

/**
 * One exchange, request on the left and response on the right. A header of `shown` that did not
 * come is named all the same.
 */
function exchange(
  { at, socket, origin, method, path, headers, body, answer },
  start,
  shown,
  timed,
) {
  const where = [[socket ? `socket ${socket}` : 'no socket']];
  if (origin !== main.origin)
    where.push([origin === partner.origin ? '  partner' : '  mounted', yellow]);
  if (timed) where.push([`  +${((at - start) / 1000).toFixed(2)} s`, yellow]);
  const asked = [[`→ ${method} ${path}`, bold]];
  for (const name of shown)
    asked.push(
      headers[name] === undefined
        ? [`  ${name}: (not sent)`, yellow]
        : [`  ${name}: ${headers[name]}`, cyan],
    );
  if (body) asked.push([`  ${body}`]);
  const answered = [
    [`← ${answer.status} ${STATUS_CODES[answer.status]}`, answer.status < 400 ? bold : red],
  ];
  for (const [name, value] of Object.entries(answer.headers))
    if (name !== 'content-type') answered.push([`  ${name}: ${value}`, cyan]);
  if (answer.text) answered.push([`  ${answer.text}`]);
  for (let i = 0; i < Math.max(where.length, asked.length, answered.length); i++)
    row(where[i] ?? [''], asked[i] ?? [''], answered[i] ?? ['']);
}

let steps = 0;
let claims = 0;
let broken = 0;

/**
 * Runs a step: `run` is shown and run, then `check` is given what it returned and a function
 * `claim(text, holds)`.
 *
 * @param {{title: string, why: string, run: Function, show?: string[], timed?: boolean, quiet?:
 * boolean, check: Function}} story
 */
async function step({ title, why, run, show = [], timed = false, quiet = false, check }) {
  print(`\n${bold(`${String(++steps).padStart(2)} ${title}`)}`);
  print(dim(`   ${why}`));
  print();
  for (const line of sourceOf(run)) print(`     ${line}`);
  print();
  wire.length = 0;
  const start = performance.now();
  const result = await run();
  if (!quiet) for (const one of wire) exchange(one, start, show, timed);
  if (!quiet && wire.length) print();
  await check((text, holds) => {
    claims++;
    if (!holds) broken++;
    print(holds ? `   ${green('✓')} ${text}` : `   ${red(`✗ ${text}: this does not hold`)}`);
  }, result);
}

// ── The story
// ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function tell() {
  print(bold('isosession: one session, from the first call to close()'));
  print(dim(`The server is ${main.origin}, a second one ("partner") ${partner.origin}.`));
  print(
    dim(
      '→ is what the server got, ← what it answered; the socket is the TCP connection it came on.',
    ),
  );

  const { origin: baseUrl } = main;
  let api;

  await step({
    title: 'A page that needs a login',
    why: 'Awaiting a call gives the response, whatever its status. Asking for the data gives it or throws.',
    run: async () => {
      api = new Session({ baseUrl, headers: { 'x-client': 'demo' } });
      const response = await api.get('profile');
      const error = await api
        .get('profile')
        .json()
        .catch((thrown) => thrown);
      return { response, error };
    },
    show: ['cookie'],
    check: (claim, { response, error }) => {
      claim(
        `awaiting the call gave the response: response.status is ${response.status}`,
        response.status === 401,
      );
      claim(
        `asking for the data threw: ${error.name} ${error.code}, error.data is ${JSON.stringify(error.data)}`,
        error instanceof HTTPError && error.data.error === 'log in first',
      );
    },
  });

  await step({
    title: 'A login sets a cookie',
    why: 'A form goes out; the Set-Cookie that comes back goes into the jar of the session.',
    run: () => api.post('login', { form: { user: 'ann', password: 'pass' } }),
    show: ['cookie'],
    check: async (claim, response) => {
      const cookie = await api.cookies.get('sid');
      claim(
        `the form was encoded as ${wire[0].headers['content-type']}`,
        wire[0].body === 'user=ann&password=pass' &&
          wire[0].headers['content-type'] === 'application/x-www-form-urlencoded',
      );
      claim(
        `the jar keeps it: ${cookie?.name} for ${cookie?.domain}${cookie?.path}, httpOnly ${cookie?.httpOnly}`,
        response.cookies.sid === 's3cr3t' && cookie?.value === 's3cr3t',
      );
    },
  });

  await step({
    title: 'The page again',
    why: 'The cookie goes along by itself, over the connection that is open already.',
    run: async () => {
      const profile = await api.get('profile').json();
      return profile;
    },
    show: ['cookie', 'accept'],
    check: (claim, profile) => {
      claim(`profile is ${JSON.stringify(profile)}`, profile.name === 'Ann');
      claim(
        `one socket for all calls so far, and json() asked for JSON`,
        sockets.length === 1 && wire[0].headers.accept === 'application/json',
      );
    },
  });

  await step({
    title: 'Default headers: sent with every call, replaced or removed by one',
    why: 'undefined inherits, null removes; the session stays as it is.',
    run: async () => {
      api.headers.set('accept-language', 'en');
      await api.get('a');
      await api.get('b', { headers: { 'X-Client': 'other' } });
      await api.get('c', { headers: { 'x-client': null } });
    },
    show: ['x-client', 'accept-language'],
    check: (claim) => {
      const sent = wire.map(({ headers }) => headers['x-client']);
      claim(
        'the first call sent the default, the second its own, the third none',
        sent[0] === 'demo' && sent[1] === 'other' && sent[2] === undefined,
      );
      claim(
        'api.headers has its default still',
        api.headers.get('x-client') === 'demo' &&
          wire.every(({ headers }) => headers['accept-language'] === 'en'),
      );
    },
  });

  await step({
    title: 'Basic credentials',
    why: 'For the session from now on; null leaves them out of one call.',
    run: async () => {
      api.auth = basic('ann', 'pass');
      await api.get('admin');
      await api.get('admin', { auth: null });
    },
    show: ['authorization'],
    check: (claim) => {
      claim(
        `${wire[0].headers.authorization} is ann:pass by RFC 7617`,
        wire[0].headers.authorization === 'Basic YW5uOnBhc3M=' && wire[0].answer.status === 200,
      );
      claim(
        'without them the server refused',
        wire[1].headers.authorization === undefined && wire[1].answer.status === 401,
      );
    },
  });

  await step({
    title: 'A redirect that sets a cookie',
    why: 'The cookie of the first hop is in the jar before the second hop is sent.',
    run: async () => {
      const response = await api.get('old-page');
      return response;
    },
    show: ['cookie', 'authorization'],
    check: (claim, response) => {
      claim('the second hop sent both cookies', wire[1].headers.cookie === 'sid=s3cr3t; seen=1');
      claim(
        `response.history has the ${response.history[0]?.status}, response.url is ${response.url}`,
        response.history.length === 1 && response.url === `${main.origin}/new-page`,
      );
    },
  });

  await step({
    title: 'A redirect to another origin',
    why: 'What the session adds belongs to the origin of its baseUrl.',
    run: () => api.get('elsewhere'),
    show: ['cookie', 'authorization', 'x-client', 'accept-language'],
    check: (claim, response) => {
      const [first, second] = wire;
      const secrets = ['cookie', 'authorization', 'x-client'];
      claim(
        "the cookies, the credentials and x-client went to the session's own origin",
        secrets.every((name) => first.headers[name] !== undefined),
      );
      claim(
        'the partner got none of them, only harmless headers',
        response.ok &&
          second.origin === partner.origin &&
          secrets.every((name) => second.headers[name] === undefined),
      );
    },
  });

  await step({
    title: 'A busy server',
    why: '503 with Retry-After: the session waits as long as the server says, and asks again.',
    run: async () => {
      const response = await api.get('busy');
      return response;
    },
    timed: true,
    check: (claim, response) => {
      const waits = wire.slice(1).map(({ at }, i) => at - wire[i].at);
      claim(
        `response.status is ${response.status} after ${response.attempts} attempts`,
        response.status === 200 && response.attempts === 3 && wire.length === 3,
      );
      claim(
        `the waits were ${waits.map((ms) => `${(ms / 1000).toFixed(2)} s`).join(' and ')}`,
        waits.length === 2 && waits.every((ms) => ms > 990),
      );
    },
  });

  // Both kinds of call once before, so that neither pays for what runs for the first time.
  const url = `${main.origin}/hello`;
  await get(url).text();
  await api.get(url).text();
  await step({
    title: 'Five calls without a session, and five with one',
    why: 'get() and the other functions of the module open and close a session for each call.',
    run: async () => {
      const start = performance.now();
      for (let i = 0; i < 5; i++) await get(url).text();
      const between = performance.now();
      const session = new Session();
      for (let i = 0; i < 5; i++) await session.get(url).text();
      await session.close();
      const end = performance.now();
      return { without: between - start, within: end - between };
    },
    quiet: true,
    check: (claim, { without, within }) => {
      const used = wire.map(({ socket }) => socket);
      const opened = [used.slice(0, 5), used.slice(5)].map((list) => new Set(list).size);
      row([''], ['           without a session', bold], ['with a session', bold]);
      for (let i = 0; i < 5; i++)
        row(
          [''],
          [`  call ${i + 1}   GET /hello  socket ${used[i]}`],
          [`GET /hello  socket ${used[i + 5]}`],
        );
      row([''], [`  sockets  ${opened[0]} opened`, cyan], [`${opened[1]} opened`, cyan]);
      row([''], [`  time     ${without.toFixed(1)} ms`, cyan], [`${within.toFixed(1)} ms`, cyan]);
      print(
        dim(
          '\n   Loopback is kind: to a distant server, TCP and TLS cost two round trips for every socket.\n',
        ),
      );
      claim(
        'five sockets without a session, one with it',
        wire.length === 10 && opened[0] === 5 && opened[1] === 1,
      );
    },
  });

  const shop = {
    async send({ method, url, headers }) {
      const answer = json({ price: 42 }, { 'set-cookie': 'cart=7; Path=/' });
      wire.push({
        origin: url.origin,
        method,
        path: url.pathname,
        headers: Object.fromEntries(headers),
        answer,
      });
      return new Response(answer.text, { headers: answer.headers });
    },
  };
  const before = sockets.length;
  await step({
    title: 'A transport of your own, mounted for a part of the URLs',
    why: 'shop is an object with send(request): cookies, redirects and retries work above it as ever.',
    run: async () => {
      api.mount('https://shop.example', shop);
      await api.get('https://shop.example/item');
      await api.get('https://shop.example/item');
    },
    show: ['cookie', 'authorization'],
    check: (claim) => {
      claim(
        'nothing went over the network',
        sockets.length === before && wire.every(({ socket }) => socket === undefined),
      );
      claim(
        'the jar kept its cookie for it, and gave it no other',
        wire[0].headers.cookie === undefined && wire[1].headers.cookie === 'cart=7',
      );
      claim(
        "the session's credentials stayed at home",
        wire.every(({ headers }) => headers.authorization === undefined),
      );
    },
  });

  const open = api.stats().sockets;
  await step({
    title: 'Close',
    why: 'Calls under way go on to their end, then every socket is freed.',
    run: async () => {
      await api.close();
      const error = await api.get('a').catch((thrown) => thrown);
      return error;
    },
    check: async (claim, error) => {
      await Promise.all(sockets.map((socket) => socket.destroyed || once(socket, 'close')));
      claim(
        `the session had ${open} open sockets, and now ${api.stats().sockets}; the servers saw all ${sockets.length} end`,
        open > 0 && api.stats().sockets === 0,
      );
      claim(
        `a later call rejects: ${error.name} ${error.code}`,
        error instanceof SessionClosedError && wire.length === 0,
      );
    },
  });
}

// What keeps the process alive after the last step is a fault as well; this timer alone does not.
setTimeout(() => {
  console.error('The process should have ended by itself.');
  process.exit(1);
}, 30_000).unref();

try {
  await tell();
  print(
    `\n${broken ? red(bold(`${broken} of ${claims} claims do not hold.`)) : bold(`${steps} steps, ${claims} claims, each checked.`)}`,
  );
} catch (error) {
  broken++;
  console.error(error);
} finally {
  process.exitCode = broken ? 1 : 0;
  for (const { server } of [main, partner]) server.close().closeAllConnections();
}
