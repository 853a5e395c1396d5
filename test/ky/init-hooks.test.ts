/** `init` hooks, and ky's own `fetch` option. */
import type { Options } from 'ky';
import { atOnce, type Behaviour, echo, failure, type Seen, sideBySide } from './side-by-side.ts';

type Init = (options: Options) => void;

/** What two calls of an instance with these defaults and init hooks send. */
const twice =
  (defaults: Options, init: Init, verb: 'get' | 'post' = 'get'): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const api = ky.extend({ ...defaults, hooks: { init: [init] } });
    for (let count = 0; count < 2; count++) await failure(() => api[verb](url));
    return seen.map(({ url, body, headers }) => [url, body, headers['x-a'] ?? 'none']);
  };
const counter = () => {
  let count = 0;
  return () => String(++count);
};

/** What init hooks of each side count for themselves. */
const counted =
  (make: (next: () => string) => Behaviour): Behaviour =>
  (lab) =>
    make(counter())(lab);

sideBySide('init', {
  'may set parameters': twice({}, (options) => {
    options.searchParams = { key: 'secret' };
  }),
  'may set a body of JSON': twice(
    { json: { original: true } },
    (options) => {
      options.json = { changed: true };
    },
    'post',
  ),
  'may set headers': twice({}, (options) => {
    options.headers = { 'x-a': 'init' };
  }),
  'may change headers in place': twice({ headers: { 'x-a': 'default' } }, (options) => {
    (options.headers as Record<string, string>)['x-a'] = 'changed';
  }),
  'may set retries': async ({ ky, serve }) => {
    const { url, seen } = await serve(500);
    const hooks: Options['hooks'] = { init: [(options) => void (options.retry = 0)] };
    await failure(() => ky(url, { hooks }));
    return seen.length;
  },
  'may set a context': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    let told: unknown;
    await ky(url, {
      hooks: {
        init: [(options) => void (options.context = { user: 42 })],
        beforeRequest: [({ options }) => void (told = options.context)],
      },
    });
    return told;
  },
  'runs in the order of extensions': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const order: number[] = [];
    const noting = (n: number): Options => ({ hooks: { init: [() => void order.push(n)] } });
    await ky.extend(noting(1)).extend(noting(2))(url, noting(3));
    return order;
  },
  'runs before beforeRequest': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const order: string[] = [];
    await ky(url, {
      hooks: {
        beforeRequest: [() => void order.push('beforeRequest')],
        init: [() => void order.push('init')],
      },
    });
    return order;
  },
  'runs at once': ({ ky }) => {
    let ran = false;
    const call = ky('http://127.0.0.1:1', {
      retry: 0,
      hooks: { init: [() => void (ran = true)] },
    });
    call.catch(() => {});
    return ran;
  },
  'runs once for all attempts': async ({ ky, serve }) => {
    const { url, seen } = await serve(500);
    let ran = 0;
    await failure(() => ky(url, { retry: atOnce, hooks: { init: [() => void ran++] } }));
    return [ran, seen.length];
  },
  'runs for each call of an instance': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    let ran = 0;
    const api = ky.create({ hooks: { init: [() => void ran++] } });
    for (const call of [api, api.get, api.post]) await call(url);
    return ran;
  },
  'throws at once': ({ ky }) => {
    const thrown = (): unknown => {
      try {
        void ky.get('http://server.test', {
          hooks: {
            init: [
              () => {
                throw new Error('init failed');
              },
            ],
          },
        });
      } catch (error) {
        return error;
      }
      return 'nothing';
    };
    return thrown();
  },
  'throws, and beforeError is not told': async ({ ky }) => {
    let told = false;
    const error = await failure(() =>
      ky.get('http://server.test', {
        hooks: {
          init: [
            () => {
              throw new Error('boom');
            },
          ],
          beforeError: [({ error }) => ((told = true), error)],
        },
      }),
    );
    return [error, told];
  },
  'is cleared by undefined': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    let ran = 0;
    const api = ky.extend({ hooks: { init: [() => void ran++] } });
    await api.extend({ hooks: { init: undefined } } as unknown as Options)(url);
    return ran;
  },
  'sees what the one before has changed': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky.extend({ json: { a: 1 } }).post(url, {
      hooks: {
        init: [
          (options) => void ((options.json as Record<string, number>)['b'] = 2),
          (options) => {
            const json = options.json as Record<string, number>;
            json['c'] = (json['a'] ?? 0) + (json['b'] ?? 0);
          },
        ],
      },
    });
    return seen[0]?.body;
  },
  'sees defaults and the options of the call': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    let told: unknown;
    await ky.extend({ headers: { 'x-a': '1' } })(url, {
      headers: { 'x-b': '2' },
      hooks: {
        init: [({ headers }) => void (told = [...new Headers(headers as HeadersInit)])],
      },
    });
    return told;
  },
  'leaves the parameters of an instance': counted((next) =>
    twice({ searchParams: {} }, ({ searchParams }) => {
      (searchParams as Record<string, string>)['id'] ??= next();
    }),
  ),
  'leaves the pairs of an instance': counted((next) =>
    twice({ searchParams: [['id', 'seed']] }, ({ searchParams }) => {
      const [pair] = searchParams as string[][];
      if (pair) pair[1] += next();
    }),
  ),
  'leaves the JSON of an instance': counted((next) =>
    twice(
      { json: {} },
      ({ json }) => {
        (json as Record<string, string>)['id'] ??= next();
      },
      'post',
    ),
  ),
  'leaves the Headers of an instance': counted((next) =>
    twice({ headers: new Headers() }, ({ headers }) => {
      (headers as Headers).append('x-a', next());
    }),
  ),
  'leaves the retries of an instance': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const told: unknown[] = [];
    const api = ky.extend({
      retry: { limit: 2, methods: ['get'], statusCodes: [500], afterStatusCodes: [429] },
      hooks: {
        init: [
          (options) => {
            const retry = options.retry as unknown as Record<string, unknown[]>;
            told.push(JSON.stringify(retry));
            retry['methods']?.push('post');
            retry['statusCodes']?.push(502);
            retry['afterStatusCodes']?.push(503);
            Object.assign(retry, { limit: 0 });
          },
        ],
      },
    });
    for (let count = 0; count < 2; count++) await api(url);
    return told;
  },
  'leaves the context of an instance': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const next = counter();
    const told: unknown[] = [];
    const api = ky.extend({
      context: {},
      hooks: {
        init: [({ context }) => void ((context as Record<string, unknown>)['id'] = next())],
        beforeRequest: [({ options }) => void told.push({ ...options.context })],
      },
    });
    for (let count = 0; count < 2; count++) await api(url);
    return told;
  },
  'keeps JSON that is no plain record': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky.post(url, { json: new Date(0), hooks: { init: [() => {}] } });
    return seen[0]?.body;
  },
});

/** A `fetch` of one's own, which tells what it was given. */
const own =
  (
    options: Options,
    tell: (request: Request, init: Record<string, unknown>) => unknown,
  ): Behaviour =>
  async ({ ky }) => {
    let told: unknown;
    const fetch = async (request: unknown, init: unknown): Promise<Response> => {
      told = tell(request as Request, init as Record<string, unknown>);
      return new Response('own');
    };
    const text = await ky('http://server.test/unicorn', { ...options, fetch } as Options).text();
    return [told, text];
  };
const other = (options: object): Options => options as Options;

sideBySide('fetch', {
  'is called with a Request': own({}, (request) => [request instanceof Request, request.url]),
  'is called with the whole URL': own({ searchParams: { foo: 'bar' } }, (request) => request.url),
  'is called with cache': own({ cache: 'no-store' }, ({ cache }) => cache),
  'is called with credentials': own({ credentials: 'omit' }, ({ credentials }) => credentials),
  'is called with redirect': own({ redirect: 'manual' }, ({ redirect }) => redirect),
  'is called with what ky does not know': own(
    other({ next: { revalidate: 3600 } }),
    (_, init) => init['next'],
  ),
  'is called with what is false, too': own(
    other({ customNull: null, customFalse: false, customZero: 0 }),
    (_, init) => [init['customNull'], init['customFalse'], init['customZero']],
  ),
  "is not called with what is ky's": own({ retry: 3, timeout: 5000 }, (_, init) =>
    ['retry', 'timeout', 'hooks', 'throwHttpErrors', 'json'].map(
      (name) => init[name] === undefined,
    ),
  ),
  'is called with a dispatcher': own(
    other({ dispatcher: { name: 'custom' } }),
    (_, init) => init['dispatcher'],
  ),
  'is called with a priority': own({ priority: 'high' }, (_, init) => init['priority']),
  'may read the body': async ({ ky }) => {
    const fetch = async (request: unknown) => Response.json(await (request as Request).json());
    return ky.post('http://server.test', { json: { x: true }, fetch } as Options).json();
  },
  'may give what only looks like a Response': async ({ ky }) => {
    const response = new Response('like');
    const like = {
      [Symbol.toStringTag]: 'Response',
      ok: true,
      status: 200,
      headers: response.headers,
      text: () => response.text(),
    };
    const fetch = () => Promise.resolve(like as unknown as Response);
    return ky('http://server.test', { fetch }).text();
  },
  'may reject with what is no error': async ({ ky }) => {
    const fetch = (): Promise<Response> => Promise.reject('network down');
    return failure(() => ky('http://server.test', { retry: 0, fetch }));
  },
  'may reject as a browser does': ({ ky }) =>
    failure(() =>
      ky('http://server.test', {
        retry: 0,
        fetch: () => Promise.reject(new TypeError('Failed to fetch')),
      }),
    ),
  "may reject with a TypeError of the program's": async ({ ky }) => {
    let calls = 0;
    const fetch = () => (calls++, Promise.reject(new TypeError('Cannot read properties')));
    return [await failure(() => ky('http://server.test', { fetch })), calls];
  },
  'may reject as Safari does, with a stack': ({ ky }) =>
    failure(() =>
      ky('http://server.test', {
        retry: 0,
        fetch: () => Promise.reject(new TypeError('Load failed (api.test)')),
      }),
    ),
  'may give an opaque response, which is no error': async ({ ky }) => {
    const opaque = Object.defineProperties(new Response(null), {
      type: { value: 'opaque' },
      ok: { value: false },
      status: { value: 0 },
    });
    const fetch = () => Promise.resolve(opaque);
    return (await ky('http://server.test', { fetch, throwHttpErrors: () => true })).status;
  },
  'may give a redirect that is opaque, which is one': async ({ ky }) => {
    const opaque = Object.defineProperties(new Response(null), {
      type: { value: 'opaqueredirect' },
      ok: { value: false },
      status: { value: 0 },
    });
    return failure(() => ky('http://server.test', { fetch: () => Promise.resolve(opaque) }));
  },
  'of an instance is called, too': async ({ ky }) => {
    const fetch = () => Promise.resolve(new Response('own'));
    return ky.create({ fetch })('http://server.test').text();
  },
  'that is undefined is none': async ({ ky, serve }) => {
    const { url } = await serve(echo);
    const options = { fetch: undefined } as unknown as Options;
    const seen = await ky(url, options).json<Seen>();
    const again = await ky.create(options).extend(options)(url).json<Seen>();
    return [seen.method, again.method];
  },
});
