/**
 * What the test servers answer. Each route is the first segment of the path within a test's folder.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import * as zlib from 'node:zlib';
import type { Exchange, HeaderLines } from './servers.ts';
import { tokenRoutes } from './token-routes.ts';

export type Route = (exchange: Exchange) => void | Promise<void>;

/** Every route by its name. */
export const routes: Record<string, Route> = {
  ...tokenRoutes,

  /** Tells the request back. */
  echo: (exchange) => {
    const { method, route, search, headers, body, bytes, sha256, socket } = exchange.entry;
    exchange.json({ method, route, search, headers, body, bytes, sha256, socket });
  },

  /** Sends the body back with its own content-type. */
  mirror: ({ reply, request, entry }) =>
    reply(
      200,
      [['content-type', request.headers['content-type'] ?? 'application/octet-stream']],
      entry.body,
    ),

  /** `?status=&type=&text=|hex=&times=&h=Name:value&h=…`: any response. */
  reply: ({ reply, query }) => {
    const headers: HeaderLines = query.getAll('h').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const type = query.get('type');
    if (type !== null) headers.push(['content-type', type]);
    const hex = query.get('hex');
    reply(
      Number(query.get('status') ?? 200),
      headers,
      hex === null
        ? (query.get('text') ?? '').repeat(Number(query.get('times') ?? 1))
        : Buffer.from(hex, 'hex'),
    );
  },

  /** Early hints, then a body with a field behind it. */
  hinted: ({ head, response }) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    head(200, [
      ['content-type', 'text/plain'],
      ['trailer', 'x-checksum'],
    ]);
    response.addTrailers({ 'x-checksum': '7' });
    response.end('the body');
  },

  /** `status/<code>`: a JSON body that names the status. */
  status: ({ json, entry }) => {
    const status = Number(entry.route.split('/')[1]);
    json({ status }, status);
  },

  /** `?piece=…&piece=…` (hex, each a chunk of its own) `&type=`. */
  chunks: async ({ head, query, response }) => {
    head(200, [['content-type', query.get('type') ?? 'text/plain']]);
    for (const piece of query.getAll('piece')) {
      response.write(Buffer.from(piece, 'hex'));
      await setImmediate();
    }
    response.end();
  },

  /**
   * `?first=&rest=&key=&type=&length=1`: headers and the first text at once, the rest when
   * `release?key=` is called.
   */
  gated: async ({ head, query, response, gate }) => {
    const first = query.get('first') ?? '';
    const rest = query.get('rest') ?? '';
    const headers: HeaderLines = [['content-type', query.get('type') ?? 'text/plain']];
    if (query.has('length'))
      headers.push(['content-length', String(Buffer.byteLength(first + rest))]);
    head(200, headers);
    response.flushHeaders();
    if (first) response.write(first);
    await gate(query.get('key') ?? '');
    response.end(rest);
  },

  /** `?key=`: headers come only when the gate is released. */
  held: async ({ json, query, gate }) => {
    await gate(query.get('key') ?? '');
    json({ released: true });
  },

  /** Opens a gate. */
  release: ({ json, query, folder }) => {
    folder.released.add(query.get('key') ?? '');
    folder.events.emit('release');
    json({ released: true });
  },

  /** No response ever. */
  never: () => {},

  /** One byte every `?ms=` (20), for ever. */
  drip: ({ head, query, response }) => {
    head(200, [['content-type', query.get('type') ?? 'text/plain']]);
    response.flushHeaders();
    const timer = setInterval(() => response.write('.'), Number(query.get('ms') ?? 20));
    response.once('close', () => clearInterval(timer));
  },

  /**
   * `?fails=&status=&key=&h=…`: fails so many times by key, then answers with the number of the
   * request. With `status=reset` the connection is reset.
   */
  flaky: ({ reply, json, query, folder, request }) => {
    const key = query.get('key') ?? '';
    const count = (folder.counts.get(key) ?? 0) + 1;
    folder.counts.set(key, count);
    if (count > Number(query.get('fails') ?? 1)) return json({ request: count });
    if (query.get('status') === 'reset') return void request.socket.resetAndDestroy();
    const retryAfter = query.get('retryAfter');
    reply(
      Number(query.get('status') ?? 503),
      retryAfter === null ? [] : [['retry-after', retryAfter]],
      `failure ${count}`,
    );
  },

  /**
   * `cookies/set?line=…&line=…` sends the lines as `Set-Cookie`; `cookies` tells the `cookie`
   * header back.
   */
  cookies: ({ json, query, request }) =>
    json({ cookie: request.headers.cookie ?? null }, 200, setCookies(query.getAll('line'))),

  /** POST `user` and `password` as a form. */
  login: ({ json, entry }) => {
    const form = new URLSearchParams(entry.body);
    if (form.get('password') !== 'open sesame') return json({ error: 'wrong password' }, 401);
    json(
      { welcome: form.get('user') },
      200,
      setCookies([`sid=${form.get('user') ?? ''}; HttpOnly`]),
    );
  },

  /** Who is logged in. */
  me: ({ json, request }) => {
    const sid = /(?:^|; )sid=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
    if (sid) json({ user: sid });
    else json({ error: 'log in first' }, 401);
  },

  /** `?to=&status=&line=&bytes=`: a redirect to each `to`, with cookies and a body of zeros. */
  redirect: ({ reply, query }) => {
    const body = Buffer.alloc(Number(query.get('bytes') ?? 0));
    const locations = query.getAll('to').map((to): [string, string] => ['location', to]);
    reply(
      Number(query.get('status') ?? 302),
      [...locations, ...setCookies(query.getAll('line'))],
      body,
    );
  },

  /** `?n=`: so many redirects, then the echo. */
  chain: (exchange) => {
    const n = Number(exchange.query.get('n') ?? 0);
    if (n > 0)
      exchange.reply(302, [['location', `chain?n=${n - 1}`], ...setCookies([`hop${n}=1`])]);
    else return routes['echo']?.(exchange);
  },

  /** Redirects to itself. */
  loop: ({ reply }) => reply(302, [['location', 'loop']]),

  /**
   * `?user=&password=`: Basic credentials, checked as UTF-8. No challenge: a browser would ask its
   * user.
   */
  basic: ({ json, query, request }) => {
    const pair = `${query.get('user') ?? ''}:${query.get('password') ?? ''}`;
    const wanted = `Basic ${Buffer.from(pair).toString('base64')}`;
    const isRight = request.headers.authorization === wanted;
    json({ authenticated: isRight }, isRight ? 200 : 401);
  },

  /** `?want=&header=`: the echo of a call that has this token, else what `reply` answers. */
  guarded: (exchange) => {
    const token = exchange.request.headers[exchange.query.get('header') ?? 'x-xsrf-token'];
    return routes[token === exchange.query.get('want') ? 'echo' : 'reply']?.(exchange);
  },

  /**
   * `?name=&key=`: JSON with a token of that name, another one each time (`token-1`, `token-2` …);
   * with a key when the gate is released.
   */
  token: async ({ json, query, folder, gate }) => {
    const count = (folder.counts.get('token') ?? 0) + 1;
    folder.counts.set('token', count);
    const key = query.get('key');
    if (key !== null) await gate(key);
    json({ [query.get('name') ?? 'csrfToken']: `token-${count}` });
  },

  /** `?page=&of=`: pages that name the next one in a `Link` header. */
  pages: ({ json, query, url }) => {
    const page = Number(query.get('page') ?? 1);
    const next = new URLSearchParams(url.search);
    next.set('page', String(page + 1));
    json(
      { page },
      200,
      page < Number(query.get('of') ?? 3)
        ? [['link', `<pages?${next.toString()}>; rel="next", <pages?page=1>; rel="first"`]]
        : [],
    );
  },

  /** `?n=&coding=&length=0`: that many bytes of a fixed pattern. */
  bytes: async ({ head, reply, response, query }) => {
    const coding = query.get('coding');
    const data = pattern(Number(query.get('n') ?? 0));
    if (coding) return reply(200, [['content-encoding', coding]], encode(coding, data));
    if (query.get('length') !== '0')
      return reply(200, [['content-type', 'application/octet-stream']], data);
    head(200, [['content-type', 'application/octet-stream']]);
    response.end(data);
  },

  /**
   * `?coding=gzip,br&text=&type=`: a text in one or more codings, the first applied first;
   * `deflate-raw` lacks the zlib wrapper, as some servers do.
   */
  encoded: ({ reply, query }) => {
    const codings = (query.get('coding') ?? 'gzip').split(',');
    const data = codings.reduce<Buffer>(
      (bytes, coding) => encode(coding, bytes),
      Buffer.from(query.get('text') ?? 'hello'),
    );
    reply(
      200,
      [
        ['content-encoding', codings.join(', ').replace('-raw', '')],
        ['content-type', query.get('type') ?? 'text/plain'],
      ],
      data,
    );
  },

  /** `?n=&coding=`: zeros, which compress about 1000:1. */
  bomb: ({ reply, query }) => {
    const coding = query.get('coding') ?? 'gzip';
    reply(
      200,
      [['content-encoding', coding]],
      encode(coding, Buffer.alloc(Number(query.get('n') ?? 0))),
    );
  },

  /** `?kind=length|chunked`: fewer bytes than were promised, then the end of the connection. */
  truncated: ({ head, query, response }) => {
    head(200, [
      ['content-type', 'text/plain'],
      ...(query.get('kind') === 'chunked' ? [] : ([['content-length', '1000']] as HeaderLines)),
    ]);
    response.write('part', () => response.destroy());
  },

  /** The connection is reset. */
  reset: ({ request }) => void request.socket.resetAndDestroy(),
};

function setCookies(lines: string[]): HeaderLines {
  return lines.map((line) => ['set-cookie', line]);
}

function pattern(length: number): Buffer {
  const data = Buffer.alloc(length);
  for (let index = 0; index < length; index++) data[index] = (index * 31 + (index >> 8)) & 0xff;
  return data;
}

function encode(coding: string, data: Buffer): Buffer {
  if (coding === 'gzip' || coding === 'x-gzip') return zlib.gzipSync(data);
  if (coding === 'br')
    return zlib.brotliCompressSync(data, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } });
  if (coding === 'deflate') return zlib.deflateSync(data);
  if (coding === 'deflate-raw') return zlib.deflateRawSync(data);
  throw new Error(`no coder for ${coding}`);
}
