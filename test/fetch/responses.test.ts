/** What `fetch` gives: responses, redirects, bodies, aborts. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import {
  type Behaviour,
  echo,
  failure,
  type Lab,
  type Reply,
  type Seen,
} from './fetch-side-by-side.ts';
import { sideBySide } from './fetch-side-by-side.ts';

const answered =
  (reply: Reply, tell: (response: Response) => unknown, init?: RequestInit): Behaviour =>
  async ({ fetch, serve }) =>
    tell(await fetch((await serve(reply)).url, init));

sideBySide('responses', {
  'are of class Response': answered('ok', (response) => [
    response instanceof Response,
    Object.prototype.toString.call(response),
    response.type,
    response.redirected,
    response.bodyUsed,
  ]),
  'have a URL without its hash': async ({ fetch, serve }) => {
    const { url } = await serve('ok');
    return (await fetch(`${url}/a?b#c`)).url;
  },
  'have a status and its text': answered(
    (_, response) => void response.writeHead(404, 'Nowhere').end(),
    ({ status, statusText, ok }) => [status, statusText, ok],
  ),
  'may have no text of a status': answered(
    (_, response) => void response.socket?.end('HTTP/1.1 200\r\nconnection: close\r\n\r\n'),
    ({ statusText }) => [statusText],
  ),
  'have headers': answered({ headers: { 'x-a': '1', 'X-B': 'b' } }, ({ headers }) => [
    headers.get('x-a'),
    headers.get('X-B'),
    headers.has('x-c'),
  ]),
  'have headers that were sent twice': answered(
    (_, response) =>
      void response
        .writeHead(200, [
          ['x-a', '1'],
          ['x-a', '2'],
        ] as never)
        .end(),
    ({ headers }) => headers.get('x-a'),
  ),
  'have cookies one by one': answered(
    (_, response) => void response.setHeader('set-cookie', ['a=1', 'b=2; Path=/']).end(),
    ({ headers }) => headers.getSetCookie(),
  ),
  'have headers beyond ASCII as bytes': answered(
    (_, response) => void response.writeHead(200, { 'x-a': 'é' }).end(),
    ({ headers }) => headers.get('x-a'),
  ),
  ...Object.fromEntries(
    [204, 205, 304].map((status) => [
      `of ${status} have no body`,
      answered({ status }, async (response) => [response.body, await response.text()]),
    ]),
  ),
  'of 204 are no JSON': answered({ status: 204 }, (response) => failure(() => response.json())),
  'may be of any status': answered({ status: 599 }, ({ status }) => status),
});

const bodies: Record<string, (response: Response) => unknown> = {
  text: (response) => response.text(),
  bytes: async (response) => new Uint8Array(await response.arrayBuffer()),
  blob: async (response) => {
    const blob = await response.blob();
    return [blob.type, blob.size];
  },
  clones: async (response) => {
    const clone = response.clone();
    return [await response.text(), await clone.text(), clone.status];
  },
  'a clone alone': async (response) => response.clone().text(),
  'no clone after it was read': async (response) => {
    await response.text();
    return failure(() => response.clone());
  },
  once: async (response) => {
    await response.text();
    return [response.bodyUsed, await failure(() => response.text())];
  },
  'by a reader': async (response) => {
    const reader = response.body!.getReader();
    const { value, done } = await reader.read();
    return [value?.length, done, response.bodyUsed, await failure(() => response.text())];
  },
  'by iteration': async (response) => {
    let size = 0;
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>)
      size += part.length;
    return size;
  },
  'by a stream that is cancelled': async (response) => {
    await response.body!.cancel();
    return [response.bodyUsed];
  },
  'as a response of its own': async (response) =>
    new Response(response.body, { status: 201, headers: response.headers }).text(),
};
const typed = (body: string | Uint8Array, type: string): Reply => ({
  body,
  headers: { 'content-type': type },
});

sideBySide('response bodies', {
  ...Object.fromEntries(
    Object.entries(bodies).map(([name, read]) => [
      `are read: ${name}`,
      answered(typed('a body', 'text/css'), read),
    ]),
  ),
  'are JSON': answered({ json: { a: [1, null] } }, (response) => response.json()),
  'are no JSON': answered('nothing', (response) => failure(() => response.json())),
  'are no JSON where there is nothing': answered('', (response) => failure(() => response.json())),
  'are text without a byte order mark': answered('\ufeffmark', (response) => response.text()),
  'are JSON without a byte order mark': answered('\ufeff{}', (response) => response.json()),
  'are UTF-8 whatever they say': answered(
    typed(new Uint8Array([0xe9]), 'text/plain; charset=iso-8859-1'),
    (response) => response.text(),
  ),
  'are a form': answered(
    typed('a=1&b=ä', 'application/x-www-form-urlencoded'),
    async (response) => [...(await response.formData())],
  ),
  'are a form with a file': answered(
    typed(
      '--x\r\ncontent-disposition: form-data; name="a"; filename="b.txt"\r\n' +
        'content-type: text/plain\r\n\r\ncontent\r\n--x--\r\n',
      'multipart/form-data; boundary=x',
    ),
    async (response) => {
      const file = (await response.formData()).get('a') as File;
      return [file.name, file.type, await file.text()];
    },
  ),
  'are no form': answered('x', (response) => failure(() => response.formData())),
  'are a form without a boundary': answered(typed('x', 'multipart/form-data'), (response) =>
    failure(() => response.formData()),
  ),
  'come in parts': answered(
    (_, response) => {
      response.write('one ');
      response.end('two');
    },
    (response) => response.text(),
  ),
  'break off': answered(
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('part', () => response.destroy());
    },
    (response) => failure(() => response.text()),
  ),
  'break off in parts': answered(
    (_, response) => {
      response.writeHead(200);
      response.write('part', () => response.destroy());
    },
    (response) => failure(() => response.text()),
  ),
  'break off under a reader': answered(
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('part', () => response.destroy());
    },
    async (response) => {
      const reader = response.body!.getReader();
      return failure(async () => {
        while (!(await reader.read()).done);
      });
    },
  ),
  ...Object.fromEntries(
    Object.entries({
      gzip: gzipSync('coded'),
      'x-gzip': gzipSync('coded'),
      GZip: gzipSync('coded'),
      deflate: deflateSync('coded'),
      'deflate, gzip': gzipSync(deflateSync('coded')),
      br: brotliCompressSync('coded'),
      identity: Buffer.from('coded'),
    }).map(([coding, body]) => [
      `are decoded: ${coding}`,
      answered({ body, headers: { 'content-encoding': coding } }, (response) => response.text()),
    ]),
  ),
  'are decoded: deflate without its wrapper': answered(
    { body: deflateRawSync('coded'), headers: { 'content-encoding': 'deflate' } },
    (response) => response.text(),
  ),
  'are left as they are in an unknown coding': answered(
    { body: 'x', headers: { 'content-encoding': 'unheard-of' } },
    (response) => response.text(),
  ),
  'are broken in their coding': answered(
    { body: 'no gzip', headers: { 'content-encoding': 'gzip' } },
    (response) => failure(() => response.text()),
  ),
  'are nothing in a coding': answered(
    { status: 204, headers: { 'content-encoding': 'gzip' } },
    (response) => response.text(),
  ),
});

/** A redirect to a path that tells the request back. */
const led =
  (status: number, init?: () => RequestInit, location = '/there?x=1'): Behaviour =>
  async ({ fetch, serve }) => {
    const { url, seen } = await serve({ status, headers: { location } }, echo);
    const response = await fetch(`${url}/here`, init?.());
    const last = seen.at(-1) as Seen;
    return [
      response.url,
      response.redirected,
      seen.map(({ method, url, body }) => [method, url, body]),
      last.headers['content-type'] ?? 'none',
      last.headers['x-a'] ?? 'none',
    ];
  };
const elsewhere = async ({ fetch, serve }: Lab, headers: Record<string, string>) => {
  const other = await serve('ok');
  const location = other.url.replace('127.0.0.1', 'localhost');
  const { url } = await serve({ status: 302, headers: { location } });
  await fetch(url, { headers });
  return Object.keys(headers).map((name) => other.seen[0]?.headers[name] ?? 'none');
};
const failed =
  (init: RequestInit, ...replies: Reply[]): Behaviour =>
  async ({ fetch, serve }) => {
    const { url, seen } = await serve(...replies);
    return [await failure(() => fetch(url, init)), seen.length];
  };
const to = (location: string, status = 302): Reply => ({ status, headers: { location } });

sideBySide('redirects', {
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].flatMap((status) => [
      [`${status} of GET`, led(status)],
      [
        `${status} of POST`,
        led(status, () => ({ method: 'POST', body: 'text', headers: { 'x-a': '1' } })),
      ],
      [`${status} of PUT`, led(status, () => ({ method: 'PUT', body: 'text' }))],
      [`${status} of PATCH`, led(status, () => ({ method: 'PATCH', body: 'text' }))],
    ]),
  ),
  'by a whole form': led(307, () => ({ method: 'POST', body: new URLSearchParams('a=1') })),
  'of HEAD': async ({ fetch, serve }) => {
    const { url, seen } = await serve(to('/x', 303), 'ok');
    await fetch(url, { method: 'HEAD' });
    return seen.map(({ method }) => method);
  },
  'to a path beyond ASCII': async ({ fetch, serve }) => {
    const { url, seen } = await serve((_, response) => {
      response.writeHead(302, { location: Buffer.from('/ä').toString('latin1') }).end();
    }, 'ok');
    await fetch(url);
    return seen.map((request) => request.url);
  },
  'in a chain': async ({ fetch, serve }) => {
    const { url, seen } = await serve(to('/1'), to('/2', 301), to('/3', 307), 'ok');
    const response = await fetch(url);
    return [response.url, seen.length, response.redirected];
  },
  'without end': failed({}, to('/')),
  'to nowhere are responses': answered(302, ({ status, redirected }) => [status, redirected]),
  'that are errors': failed({ redirect: 'error' }, to('/')),
  'to nowhere that are errors': failed({ redirect: 'error' }, 302),
  'that are errors where there is none': answered('ok', ({ status }) => status, {
    redirect: 'error',
  }),
  'that are not followed': answered(
    to('/x'),
    ({ status, type, url, redirected, headers }) => [
      status,
      type,
      url,
      redirected,
      headers.get('location'),
    ],
    { redirect: 'manual' },
  ),
  'that are not followed, to no URL': answered(to('http://[bad'), ({ status }) => status, {
    redirect: 'manual',
  }),
  'to another origin take no credentials along': (lab) =>
    elsewhere(lab, { authorization: 'Basic x', cookie: 'a=1' }),
  'with a stream, by 307': async ({ fetch, serve }) => {
    const { url, seen } = await serve(to('/', 307));
    const body = new Blob(['x']).stream();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    return [((await failure(() => fetch(url, init))) as Error).name, seen.length];
  },
  'take the length of a body that is gone': async ({ fetch, serve }) => {
    const { url, seen } = await serve(to('/'), 'ok');
    await fetch(url, { method: 'POST', body: 'text' });
    return seen.map(({ headers }) => headers['content-length'] ?? 'none');
  },
});
