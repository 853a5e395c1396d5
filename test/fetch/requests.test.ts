/** What `fetch` takes, and what goes over the wire. */
import { echo, failure, type Reply, reset, type Seen, sideBySide } from './fetch-side-by-side.ts';
import type { Behaviour, Lab } from './fetch-side-by-side.ts';

type Init = RequestInit & { duplex?: 'half' };
const pick =
  (of: (seen: Seen) => unknown) =>
  (init: () => Init | undefined, path = ''): Behaviour =>
  async ({ fetch, serve }) => {
    const { url, seen } = await serve(echo);
    await fetch(url + path, init());
    return seen.map(of);
  };
const sent = pick(({ method, url, body }) => [method, url, body]);
const typed = pick(({ headers, body }) => [
  headers['content-type']?.replace(/boundary=.*/, 'boundary=…') ?? 'none',
  headers['content-type']?.includes('boundary') ? 'known' : (headers['content-length'] ?? 'none'),
  headers['content-type']?.includes('boundary') ? 'form' : body,
]);
const header = (name: string) => pick(({ headers }) => headers[name] ?? 'none');
const refused =
  (init: object, input = 'http://server.test/'): Behaviour =>
  ({ fetch }) =>
    failure(() => fetch(input, init as Init));
const post =
  (body: () => unknown): (() => Init) =>
  () =>
    ({ method: 'POST', body: body(), duplex: 'half' }) as Init;
const form = () => {
  const data = new FormData();
  data.append('a', 'b');
  data.append('file', new Blob(['content'], { type: 'text/plain' }), 'ä.txt');
  return data;
};
async function* pieces() {
  yield new TextEncoder().encode('one');
  yield new TextEncoder().encode('two');
}

sideBySide('the function', {
  'has one argument that it needs': ({ fetch }) => fetch.length,
  'gives a promise': async ({ fetch, serve }) => {
    const promise = fetch((await serve('ok')).url);
    await promise;
    return promise instanceof Promise;
  },
  'never throws at once': async ({ fetch }) => {
    const promise = fetch('nothing:');
    return ((await failure(() => promise)) as Error).name;
  },
  'needs no this': async ({ fetch, serve }) => {
    const call = fetch;
    return (await call((await serve('ok')).url)).status;
  },
  'rejects without an input': ({ fetch }) => failure(() => (fetch as () => unknown)()),
  'rejects for null': ({ fetch }) => failure(() => fetch(null as never)),
  'rejects for a symbol': ({ fetch }) => failure(() => fetch(Symbol('x') as never)),
  'takes an object that becomes a URL': async ({ fetch, serve }) => {
    const { url } = await serve('ok');
    return (await fetch({ toString: () => url } as never)).status;
  },
  'takes a URL': async ({ fetch, serve }) => (await fetch(new URL((await serve('ok')).url))).status,
  'takes a Request': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await fetch(new Request(url, { method: 'PUT', body: 'x', headers: { 'x-a': '1' } }));
    return seen.map(({ method, body, headers }) => [method, body, headers['x-a']]);
  },
  'takes a Request whose parts the init changes': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    const request = new Request(url, { method: 'POST', body: 'x', headers: { 'x-a': '1' } });
    await fetch(request, { method: 'PUT', body: 'y', headers: { 'x-b': '2' } });
    return seen.map(({ method, body, headers }) => [method, body, headers['x-a'] ?? 0]);
  },
  'takes a Request once': async ({ fetch, serve }) => {
    const { url } = await serve('ok');
    const request = new Request(url, { method: 'POST', body: 'x' });
    await fetch(request);
    return [request.bodyUsed, await failure(() => fetch(request))];
  },
  'takes a Request without a body twice': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    const request = new Request(url);
    await fetch(request);
    await fetch(request);
    return seen.length;
  },
  'takes no relative path': refused({}, '/some/path'),
  'takes no URL without a scheme': refused({}, '//example.com/'),
  'takes no other scheme': async ({ fetch }) =>
    ((await failure(() => fetch('ftp://example.com/'))) as Error).name,
  'takes no URL that cannot be parsed': refused({}, 'http://[bad'),
  'ignores what it does not know': sent(() => ({ foo: 1, json: { a: 1 }, retry: 4 }) as Init),
  'ignores what is undefined': sent(
    () =>
      Object.fromEntries(
        'method body headers signal mode credentials cache redirect keepalive integrity referrer'
          .split(' ')
          .map((name) => [name, undefined]),
      ) as Init,
  ),
  'takes a signal that is null': sent(() => ({ signal: null })),
  'takes a body that is null': sent(() => ({ method: 'POST', body: null })),
  'takes no signal that is none': refused({ signal: {} }),
  'takes no signal that is a text': refused({ signal: 'now' }),
  'takes no redirect that is none': refused({ redirect: 'maybe' }),
  'takes no credentials that are none': refused({ credentials: 'all' }),
  'takes no cache that is none': refused({ cache: 'often' }),
  'takes no method that is none': refused({ method: 'a b' }),
  'takes no header name that is none': refused({ headers: { 'a b': '1' } }),
  'takes no header value with a line break': refused({ headers: { a: '1\n2' } }),
  'takes no header value beyond latin1': refused({ headers: { a: '€' } }),
  'takes no body with GET': refused({ body: 'x' }),
  'takes no body with HEAD': refused({ method: 'HEAD', body: 'x' }),
  'takes no stream that is locked': ({ fetch }) => {
    const body = new Blob(['x']).stream();
    body.getReader();
    return failure(() => fetch('http://server.test', post(() => body)()));
  },
  'takes no stream that was read': async ({ fetch }) => {
    const body = new Blob(['x']).stream();
    const reader = body.getReader();
    await reader.read();
    reader.releaseLock();
    return failure(() => fetch('http://server.test', post(() => body)()));
  },
});

sideBySide('methods and URLs', {
  'are GET by default': sent(() => undefined),
  ...Object.fromEntries(
    ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get', 'post', 'PROPFIND'].map((method) => [
      `may be ${method}`,
      sent(() => ({ method })),
    ]),
  ),
  'are HEAD without a body': async ({ fetch, serve }) => {
    const { url } = await serve({ headers: { 'content-length': 5 } });
    const response = await fetch(url, { method: 'HEAD' });
    return [response.status, await response.text()];
  },
  'keep a query as it is': sent(() => undefined, '/question?a=1&b=%20&c'),
  'send no hash': sent(() => undefined, '/question?a=1#hash'),
  'encode what must be': sent(() => undefined, '/ä b?ö=ü'),
  'keep two slashes': sent(() => undefined, '//a//b'),
  'resolve dots': sent(() => undefined, '/a/../b/./c'),
});

sideBySide('request headers', {
  'are a record': header('x-a')(() => ({ headers: { 'x-a': '1' } })),
  'are Headers': header('x-a')(() => ({ headers: new Headers({ 'X-A': '1' }) })),
  'are pairs': header('x-a')(() => ({
    headers: [
      ['x-a', '1'],
      ['x-a', '2'],
    ],
  })),
  'may be empty': header('x-a')(() => ({ headers: { 'x-a': '' } })),
  'are trimmed': header('x-a')(() => ({ headers: { 'x-a': '  1  ' } })),
  'may be latin1': header('x-a')(() => ({ headers: { 'x-a': 'é' } })),
  'ask for anything': header('accept')(() => undefined),
  'may ask for something': header('accept')(() => ({ headers: { accept: 'text/css' } })),
  'may say who asks': header('user-agent')(() => ({ headers: { 'user-agent': 'me' } })),
  'may be cookies': header('cookie')(() => ({ headers: { cookie: 'a=1; b=2' } })),
  'may be several cookies': header('cookie')(() => ({
    headers: [
      ['cookie', 'a=1'],
      ['cookie', 'b=2'],
    ],
  })),
  'may be credentials': header('authorization')(() => ({ headers: { authorization: 'x' } })),
  'may name the codings': header('accept-encoding')(() => ({
    headers: { 'accept-encoding': 'gzip' },
  })),
  'ask for a range in no coding': header('accept-encoding')(() => ({
    headers: { range: 'bytes=0-9' },
  })),
  'have no referer by default': header('referer')(() => undefined),
  'are left as they were given': async ({ fetch, serve }) => {
    const { url } = await serve('ok');
    const headers = new Headers({ 'x-a': '1' });
    await fetch(url, { headers, method: 'POST', body: 'x' });
    return [...headers];
  },
});

const conditional = (name: string): Init => ({ headers: { [name]: '"x"' } });

sideBySide('cache', {
  ...Object.fromEntries(
    (['default', 'no-store', 'reload', 'no-cache', 'force-cache'] as const).flatMap((cache) => [
      [`${cache} asks caches so`, header('cache-control')(() => ({ cache }))],
      [`${cache} asks older caches so`, header('pragma')(() => ({ cache }))],
    ]),
  ),
  'leaves a header that is there': header('cache-control')(() => ({
    cache: 'no-cache',
    headers: { 'cache-control': 'max-age=9' },
  })),
  ...Object.fromEntries(
    ['if-modified-since', 'if-none-match', 'if-unmodified-since', 'if-match', 'if-range'].flatMap(
      (name) => [
        [`${name} asks caches so`, header('cache-control')(() => conditional(name))],
        [`${name} asks older caches so`, header('pragma')(() => conditional(name))],
      ],
    ),
  ),
  'is minded beside a condition': header('cache-control')(() => ({
    ...conditional('if-none-match'),
    cache: 'force-cache',
  })),
  'is in a Request, too': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await fetch(new Request(url, { cache: 'reload' }));
    return seen.map(({ headers }) => headers['cache-control']);
  },
});

/** By a policy, to another origin: whole URL, origin, or nothing. */
const referred =
  (
    referrerPolicy: ReferrerPolicy | undefined,
    referrer = 'http://page.test/path?q=1#h',
  ): Behaviour =>
  async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    const init: Init = { referrer };
    if (referrerPolicy !== undefined) init.referrerPolicy = referrerPolicy;
    await fetch(url, init);
    return seen.map(({ headers }) => headers['referer'] ?? 'none');
  };
sideBySide('referrer', {
  'is sent without a policy': referred(undefined),
  'is sent without credentials': referred(undefined, 'http://user:pass@page.test/x'),
  'is the origin where it is too long': referred(undefined, `http://page.test/${'x'.repeat(5000)}`),
  'is the whole URL to its own origin': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await fetch(`${url}/to`, { referrer: `${url}/from` });
    return [seen[0]?.headers['referer']?.endsWith('/from')];
  },
  'is none where it is empty': referred('unsafe-url', ''),
  'is none that is the client': referred('unsafe-url', 'about:client'),
  'is no URL that is none': refused({ referrer: 'http://[bad' }),
});

const bodies: Record<string, () => unknown> = {
  'a text': () => 'text',
  'an empty text': () => '',
  'a text beyond ASCII': () => 'héllo €',
  'a String object': () => new String('boxed'),
  'a URL': () => new URL('http://page.test/x'),
  'a Date': () => new Date(0),
  'a number': () => 42,
  zero: () => 0,
  'what is no number': () => NaN,
  'a boolean': () => true,
  'a boolean that is false': () => false,
  'an array': () => [1, 2],
  'a record': () => ({ a: 1 }),
  'an object that is text': () => ({ toString: () => 'mine' }),
  'an ArrayBuffer': () => new Uint8Array([65, 66]).buffer,
  'a Uint8Array': () => new Uint8Array([65, 66]),
  'a part of a Uint8Array': () => new Uint8Array([65, 66, 67]).subarray(1, 2),
  'a DataView': () => new DataView(new Uint8Array([65, 66]).buffer),
  'a Buffer': () => Buffer.from('buffer'),
  'a Blob': () => new Blob(['blob']),
  'a Blob with a type': () => new Blob(['blob'], { type: 'text/css' }),
  'a File': () => new File(['file'], 'a.txt', { type: 'text/plain' }),
  'a form': form,
  URLSearchParams: () => new URLSearchParams('a=1&b=ä'),
  'a stream': () => new Blob(['stream']).stream(),
  'an iterable that is awaited': pieces,
};

sideBySide('request bodies', {
  ...Object.fromEntries(Object.entries(bodies).map(([name, body]) => [name, typed(post(body))])),
  'nothing, by POST': typed(() => ({ method: 'POST' })),
  'nothing, by PUT': typed(() => ({ method: 'PUT' })),
  'nothing, by DELETE': typed(() => ({ method: 'DELETE' })),
  'a text by DELETE': typed(() => ({ method: 'DELETE', body: 'x' })),
  'a text with a content-type': typed(() => ({
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  })),
  'parameters with a content-type': typed(() => ({
    method: 'POST',
    body: new URLSearchParams('a=1'),
    headers: { 'content-type': 'text/css' },
  })),
  'a form names its file': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await fetch(url, { method: 'POST', body: form() });
    return [/filename="ä.txt"/.test(seen[0]?.body ?? ''), seen[0]?.body.includes('content')];
  },
  'a form is known by its boundary': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    await fetch(url, { method: 'POST', body: form() });
    const boundary = seen[0]?.headers['content-type']?.split('boundary=')[1];
    return seen[0]?.body.trimEnd().endsWith(`--${boundary}--`);
  },
});

const at =
  (reply: Reply, call: (fetch: Lab['fetch'], url: string) => unknown): Behaviour =>
  async ({ fetch, serve }) =>
    call(fetch, (await serve(reply)).url);

sideBySide('data: and blob: URLs', {
  'give what is in them': async ({ fetch }) => {
    const response = await fetch('data:text/plain;charset=utf-8,hello%20there');
    return [response.status, response.headers.get('content-type'), await response.text()];
  },
  'give what is in them by base64': async ({ fetch }) =>
    (await fetch('data:application/octet-stream;base64,SGVsbG8=')).text(),
  'give JSON': async ({ fetch }) => (await fetch('data:application/json,{"a":1}')).json(),
  'may be a URL': async ({ fetch }) => (await fetch(new URL('data:,x'))).text(),
  'may be a Request': async ({ fetch }) => (await fetch(new Request('data:,x'))).text(),
  'may be broken': ({ fetch }) => failure(() => fetch('data:nothing')),
  'give a Blob': async ({ fetch }) => {
    const url = URL.createObjectURL(new Blob(['blob'], { type: 'text/css' }));
    const response = await fetch(url);
    return [response.headers.get('content-type'), await response.text()];
  },
  'give no Blob that is gone': ({ fetch }) => failure(() => fetch('blob:nodedata:gone')),
  'about: is nothing': async ({ fetch }) =>
    ((await failure(() => fetch('about:blank'))) as Error).name,
});

sideBySide('failures', {
  'of a connection': at(reset, (fetch, url) => failure(() => fetch(url))),
  'of a port that is refused': ({ fetch }) => failure(() => fetch('http://127.0.0.1:1/')),
  'of what is no HTTP': at(
    (_, response) => void response.socket?.end('nothing'),
    (fetch, url) => failure(() => fetch(url)),
  ),
  'have a cause': at(reset, async (fetch, url) => {
    const { cause } = (await failure(() => fetch(url))) as Error;
    return cause instanceof Error;
  }),
  'of a status are none': at(500, async (fetch, url) => {
    const response = await fetch(url);
    return [response.status, response.statusText, response.ok];
  }),
});
