/** What is sent: verbs, headers, bodies, JSON. */
import type { Options } from 'ky';
import { type Behaviour, echo, failure, type Lab, type Seen, sideBySide } from './side-by-side.ts';

type Verb = 'get' | 'post' | 'put' | 'patch' | 'head' | 'delete' | 'query';

/** The request of a call. */
const sent =
  <T>(
    call: (ky: Lab['ky'], url: string) => PromiseLike<unknown>,
    pick: (seen: Seen) => T,
  ): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve(echo);
    await call(ky, url);
    return seen.map(pick).map((value) => value ?? 'nothing');
  };
const header = (name: string) => (seen: Seen) => seen.headers[name];
const typed = ({ headers, body }: Seen) => [
  headers['content-type']?.replace(/boundary=.*/, 'boundary=…'),
  body.length,
];
const post = (options: () => Options, pick: (seen: Seen) => unknown = typed): Behaviour =>
  sent((ky, url) => ky.post(url, options()), pick);
const form = () => {
  const data = new FormData();
  data.append('a', 'b');
  return data;
};
const invalid = (options: object): Options => options as Options;

sideBySide('verbs', {
  'ky() is a GET': sent(
    (ky, url) => ky(url),
    ({ method }) => method,
  ),
  ...Object.fromEntries(
    (['get', 'post', 'put', 'patch', 'head', 'delete'] as Verb[]).map((verb) => [
      `ky.${verb}() is what it is called`,
      sent(
        (ky, url) => ky[verb](url),
        ({ method }) => method,
      ),
    ]),
  ),
  'ky.query() has a body of JSON': sent(
    (ky, url) => ky.query(url, { json: { foo: true } }),
    ({ method, body, headers }) => [method, body, headers['content-type']],
  ),
  'a HEAD has no text': async ({ ky, serve }) => ky.head((await serve('text')).url).text(),
  'a method in lower case is made upper': sent(
    (ky, url) => ky(url, { method: 'post' }),
    ({ method }) => method,
  ),
  'patch in lower case is made upper': sent(
    (ky, url) => ky(url, { method: 'patch' }),
    ({ method }) => method,
  ),
  'query in lower case is made upper': sent(
    (ky, url) => ky(url, { method: 'query' }),
    ({ method }) => method,
  ),
  'hooks are told the method': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const told: unknown[] = [];
    const note = ({ options }: { options: { method: string } }) => void told.push(options.method);
    const hooks: NonNullable<Options['hooks']> = { beforeRequest: [note] };
    await ky(url, { hooks });
    await ky(url, { method: 'get', hooks });
    await ky.put(url, { hooks });
    return told;
  },
  'a verb goes before a method among the options': sent(
    (ky, url) => ky.post(url, { method: 'put' }),
    ({ method }) => method,
  ),
  'awaiting gives a Response': async ({ ky, serve }) => {
    const response = await ky((await serve('ok')).url);
    return [response.ok, response.status, response instanceof Response, response.type];
  },
});

sideBySide('headers', {
  'are sent': sent((ky, url) => ky(url, { headers: { 'x-a': '1' } }), header('x-a')),
  'may be Headers': sent(
    (ky, url) => ky(url, { headers: new Headers({ 'x-a': '1' }) }),
    header('x-a'),
  ),
  'may be pairs': sent((ky, url) => ky(url, { headers: [['x-a', '1']] }), header('x-a')),
  'have names in any case': sent(
    (ky, url) => ky(url, { headers: { 'ACCEPT-ENCODING': 'identity' } }),
    header('accept-encoding'),
  ),
  'may set accept-encoding': sent(
    (ky, url) => ky(url, { headers: { 'accept-encoding': 'gzip' } }),
    header('accept-encoding'),
  ),
  'may set user-agent': sent(
    (ky, url) => ky(url, { headers: { 'user-agent': 'mine' } }),
    header('user-agent'),
  ),
  'name host and port': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky(url);
    return seen[0]?.headers['host'] === new URL(url).host;
  },
  'are left out where they are undefined': sent(
    (ky, url) => ky(url, { headers: { blah: undefined, rainbow: 'unicorn' } }),
    ({ headers }) => ['blah' in headers, headers['rainbow']],
  ),
  'go with a body of JSON': post(
    () => ({ headers: new Headers({ unicorn: 'rainbow' }), json: {} }),
    ({ headers }) => [headers['unicorn'], headers['content-type']],
  ),
  'have no line break in a value': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const error = await failure(() => ky(url, { headers: { 'x-a': 'a\nb' } }));
    return [error instanceof TypeError];
  },
  'ask for */* by default': sent((ky, url) => ky(url), header('accept')),
  'ask for JSON by json()': sent((ky, url) => ky(url).json(), header('accept')),
  'ask for JSON by json() where accept is empty': sent(
    (ky, url) => ky(url, { headers: { accept: '' } }).json(),
    header('accept'),
  ),
  'keep their accept with json()': sent(
    (ky, url) => ky(url, { headers: { accept: 'foo/bar' } }).json(),
    header('accept'),
  ),
  'ask for text by text()': sent((ky, url) => ky(url).text(), header('accept')),
  'ask for anything by blob()': sent((ky, url) => ky(url).blob(), header('accept')),
  'ask for anything by arrayBuffer()': sent((ky, url) => ky(url).arrayBuffer(), header('accept')),
  'ask for a form by formData()': sent(
    (ky, url) =>
      ky(url)
        .formData()
        .catch(() => {}),
    header('accept'),
  ),
  'keep credentials of the URL out of it': ({ ky }) =>
    failure(() => ky('http://user:pass@server.test/')),
});

sideBySide('content-type and content-length', {
  'is 0 for a PUT of nothing': sent((ky, url) => ky.put(url), header('content-length')),
  'is 0 for a POST of nothing': sent((ky, url) => ky.post(url), header('content-length')),
  'is none for a GET': sent((ky, url) => ky.get(url), header('content-length')),
  'is that of bytes': post(() => ({ body: Buffer.from('unicorn') }), header('content-length')),
  'is that of text': post(() => ({ body: 'héllo' }), header('content-length')),
  'is that of JSON': post(() => ({ json: { a: 1 } }), header('content-length')),
  "is one's own for JSON": post(
    () => ({ json: { a: 1 }, headers: { 'content-type': 'custom' } }),
    header('content-type'),
  ),
  "is one's own for a form": post(
    () => ({ body: form(), headers: { 'content-type': 'custom' } }),
    header('content-type'),
  ),
  "is one's own for a form with parameters": post(
    () => ({ body: form(), searchParams: 'foo=1', headers: { 'content-type': 'custom' } }),
    header('content-type'),
  ),
  'is multipart for a form': post(
    () => ({ body: form() }),
    ({ headers }) => headers['content-type']?.startsWith('multipart/form-data; boundary='),
  ),
  'is multipart for a form with parameters': post(
    () => ({ body: form(), searchParams: 'foo=1' }),
    ({ headers }) => headers['content-type']?.startsWith('multipart/form-data; boundary='),
  ),
  'is known for a form': post(
    () => ({ body: form() }),
    ({ headers, body }) => Number(headers['content-length']) === body.length,
  ),
  'names the boundary that is sent, at a second attempt, too': async ({ ky, serve }) => {
    const { url, seen } = await serve(500, 'ok');
    await ky.post(url, { body: form(), retry: { methods: ['post'], delay: () => 0 } });
    return seen.map(({ headers, body }) =>
      body.includes(String(headers['content-type']?.split('boundary=')[1])),
    );
  },
  'names the boundary of a call that a hook has made again': async ({ ky, serve }) => {
    const { url, seen } = await serve(401, 'ok');
    await ky.post(url, {
      body: form(),
      hooks: {
        afterResponse: [
          ({ request, options, response }) =>
            response.status === 401 ? ky(request, options as Options) : undefined,
        ],
      },
    });
    return seen.map(({ headers, body }) =>
      body.includes(String(headers['content-type']?.split('boundary=')[1])),
    );
  },
  'is that of the new body of a Request': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const request = new Request(url, { method: 'POST', body: 'text' });
    await ky(request, { body: new URLSearchParams('a=1') });
    return seen.map(typed);
  },
});

sideBySide('bodies', {
  'are text': post(() => ({ body: 'text' })),
  'are bytes': post(() => ({ body: new Uint8Array([65, 66]) })),
  'are an ArrayBuffer': post(() => ({ body: new Uint8Array([65, 66]).buffer })),
  'are a view of bytes': post(() => ({ body: new DataView(new ArrayBuffer(3)) })),
  'are a Blob': post(() => ({ body: new Blob(['abc']) })),
  'are a Blob with a type': post(() => ({ body: new Blob(['abc'], { type: 'text/csv' }) })),
  'are a form': post(
    () => ({ body: form() }),
    ({ body }) => body.includes('name="a"'),
  ),
  'are URLSearchParams': post(() => ({ body: new URLSearchParams('a=1&b=2') })),
  'are a stream': post(() => ({ body: new Blob(['abc']).stream(), retry: 0 })),
  'are an empty text': post(() => ({ body: '' })),
  'are in no GET': ({ ky }) => failure(() => ky.get('http://server.test', { body: 'x' })),
  'are in no HEAD': ({ ky }) => failure(() => ky.head('http://server.test', { body: 'x' })),
  'are JSON in no GET': ({ ky }) => failure(() => ky.get('http://server.test', { json: {} })),
  'are JSON in no HEAD': ({ ky }) => failure(() => ky.head('http://server.test', { json: {} })),
  'are in a DELETE': sent(
    (ky, url) => ky.delete(url, { body: 'x' }),
    ({ body }) => body,
  ),
  'give way to JSON': post(
    () => ({ body: 'hello', json: { foo: 'bar' } }),
    ({ body }) => body,
  ),
  'of a stream are cancelled once where the call fails': async ({ ky }) => {
    let cancelled = 0;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('x')),
      cancel: () => void cancelled++,
    });
    const error = await failure(() =>
      ky.post('http://server.test', {
        ...invalid({ duplex: 'half' }),
        body,
        retry: 0,
        fetch: () => Promise.reject(new Error('mine')),
      }),
    );
    return [error, cancelled];
  },
  'of a stream are sent again at a second attempt': async ({ ky, serve }) => {
    const { url, seen } = await serve(408, 'ok');
    const body = new Blob(['retry stream']).stream();
    await ky.post(url, {
      ...invalid({ duplex: 'half' }),
      body,
      retry: { limit: 1, methods: ['post'], delay: () => 0 },
    });
    return seen.map((request) => request.body);
  },
});

sideBySide('json', {
  'is sent with its content-type': post(
    () => ({ json: { foo: true } }),
    ({ body, headers }) => [body, headers['content-type']],
  ),
  ...Object.fromEntries(
    [false, 0, null, '', [1], 'text'].map((json) => [
      `may be ${JSON.stringify(json)}`,
      post(
        () => ({ json }),
        ({ body, headers }) => [body, headers['content-type']],
      ),
    ]),
  ),
  'is a Date as it tells itself': post(
    () => ({ json: new Date(0) }),
    ({ body }) => body,
  ),
  'that undefined is, is no body': post(
    () => ({ json: undefined }),
    ({ body }) => body.length,
  ),
  'is written by stringifyJson': post(
    () => ({ json: { a: 1 }, stringifyJson: (data) => JSON.stringify({ data, extra: 1 }) }),
    ({ body }) => body,
  ),
  'is handed to stringifyJson as it is': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const json: { self?: unknown } = {};
    json.self = json;
    let isSame = false;
    await ky.post(url, {
      json,
      stringifyJson: (data) => ((isSame = data === json), '{"ok":true}'),
    });
    return [isSame, seen[0]?.body];
  },
  'with functions is handed to stringifyJson beside init hooks': post(
    () => ({
      json: { keep: true, skip: () => undefined },
      hooks: { init: [(options) => void (options.headers = { 'x-init': '1' })] },
      stringifyJson: (data) => JSON.stringify(data),
    }),
    ({ body }) => body,
  ),
  'with a key called retry is only data': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky
      .create({ json: { retry: 3 } })
      .extend({ json: { retry: { a: 'b' } } })
      .post(url);
    return seen[0]?.body;
  },
  'that goes in circles is refused': ({ ky }) => {
    const json: { self?: unknown } = {};
    json.self = json;
    return failure(() => ky.post('http://server.test', { json })).then(
      (error) => error instanceof TypeError,
    );
  },
});
