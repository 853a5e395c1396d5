/** Instances: `create()`, `extend()`, and how options meet. */
import { type Options, replaceOption } from 'ky';
import { type Behaviour, echo, failure, type Lab, type Seen, sideBySide } from './side-by-side.ts';

type Hooks = NonNullable<Options['hooks']>;

/** The request that an instance sends. */
const sentBy = async (
  { ky, serve }: Lab,
  make: (ky: Lab['ky']) => Lab['ky'],
  options?: Options,
): Promise<Seen> => {
  const { url } = await serve(echo);
  return make(ky)(url, options).json<Seen>();
};

/** The marks of the hooks that run, in their order. */
const marks =
  (make: (ky: Lab['ky'], mark: (name: string) => () => void) => Lab['ky']): Behaviour =>
  async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const seen: string[] = [];
    await make(ky, (name) => () => void seen.push(name))(url);
    return seen;
  };

const before = (hook: () => void): { hooks: Hooks } => ({ hooks: { beforeRequest: [hook] } });
const after = (hook: () => void): { hooks: Hooks } => ({ hooks: { afterResponse: [hook] } });
const replaced = <T>(value: T): T => replaceOption(value) as T;

const headers =
  (make: (ky: Lab['ky']) => Lab['ky'], options?: Options): Behaviour =>
  async (lab) => {
    const seen = await sentBy(lab, make, options);
    return [seen.headers['x-a'], seen.headers['x-b'], seen.headers['x-c']].map(String);
  };
const url =
  (make: (ky: Lab['ky']) => Lab['ky'], options?: Options): Behaviour =>
  async (lab) =>
    (await sentBy(lab, make, options)).url;
const body =
  (make: (ky: Lab['ky']) => Lab['ky'], options?: Options): Behaviour =>
  async ({ ky, serve }) => {
    const served = await serve(echo);
    return (await make(ky).post(served.url, options).json<Seen>()).body;
  };

const ab = { headers: { 'x-a': '1', 'x-b': '1' } };

sideBySide('create()', {
  'has the defaults that it was given, and those of a call beside them': headers(
    (ky) => ky.create({ headers: { 'x-a': '1' } }),
    { headers: { 'x-b': '2' } },
  ),
  'has all verbs': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const api = ky.create({});
    for (const verb of ['get', 'post', 'put', 'patch', 'head', 'delete'] as const)
      await api[verb](url);
    return seen.map(({ method }) => method);
  },
  'starts anew: nothing of the instance that it was called on is left': headers((ky) =>
    ky.create(ab).create({ headers: { 'x-c': '3' } }),
  ),
  'adds nothing to a URL for empty parameters': url((ky) => ky.create({ searchParams: {} }), {
    searchParams: {},
  }),
  'merges a default body of JSON with that of a call': body((ky) => ky.create({ json: { a: 1 } }), {
    json: { b: 2 },
  }),
  'runs hooks of its own and of the call': marks((ky, mark) =>
    ky.create(before(mark('create'))).extend(after(mark('after'))),
  ),
  ...Object.fromEntries(
    Object.entries({
      'a boolean': true,
      'a number': 666,
      'a text': 'text',
      'an array': [],
      null: null,
      'a function': () => {},
      'a symbol': Symbol('x'),
    }).map(([name, value]): [string, Behaviour] => [
      `takes no options that are ${name}`,
      ({ ky }) => failure(() => ky.create(value as unknown as Options)),
    ]),
  ),
  'takes no array for the options of a call': ({ ky }) =>
    failure(() => ky.get('http://server.test', [] as unknown as Options)),
  'takes no text for the options of an extension': ({ ky }) =>
    failure(() => ky.extend('x' as unknown as Options)),
});

sideBySide('extend()', {
  'appends hooks': marks((ky, mark) =>
    ky.extend(before(mark('first'))).extend(before(mark('second'))),
  ),
  'appends hooks that a function gives': marks((ky, mark) =>
    ky.extend(() => before(mark('first'))).extend(() => before(mark('second'))),
  ),
  'keeps the other kinds of hooks': marks((ky, mark) =>
    ky.extend(after(mark('after'))).extend(before(mark('before'))),
  ),
  'removes hooks by undefined, and none by an empty list': marks((ky, mark) =>
    ky
      .extend({ hooks: { beforeRequest: [mark('before')], afterResponse: [mark('after')] } })
      .extend({ hooks: { beforeRequest: undefined, afterResponse: [] } } as unknown as Options),
  ),
  'tells a function the defaults before': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const api = ky.create({ headers: { 'x-a': '1' }, context: { base: url } });
    let told: unknown;
    await api.extend((options) => ((told = options.context), {})).get(url);
    return { told, sent: seen[0]?.headers['x-a'] };
  },
  'keeps the defaults where a function gives none': headers((ky) =>
    ky.create(ab).extend(() => ({})),
  ),
  'leaves its parent as it was': headers((ky) => {
    const parent = ky.create(ab);
    parent.extend({ headers: { 'x-a': '2' } });
    return parent;
  }),
  'goes on from extension to extension': headers((ky) =>
    ky
      .extend({ headers: { 'x-a': '1' } })
      .extend({ headers: { 'x-b': '2' } })
      .extend({ headers: { 'x-c': '3' } }),
  ),
  'can be called on what create() gives': headers((ky) =>
    ky.create(ab).extend({ headers: { 'x-c': '3' } }),
  ),
  'keeps ky.stop and ky.retry': ({ ky }) => {
    const child = ky.extend({});
    return [child.stop === ky.stop, child.retry === ky.retry, typeof child.retry];
  },
  'is itself a function beside its verbs': ({ ky }) => [
    typeof ky.extend({}),
    Object.keys(ky.extend({})).sort(),
  ],
});

sideBySide('headers of instances', {
  'are removed by undefined in a record': headers((ky) =>
    ky.create(ab).extend({ headers: { 'x-a': undefined } }),
  ),
  'are removed by undefined in Headers over Headers': headers((ky) =>
    ky
      .create({ headers: new Headers(ab.headers) })
      .extend({ headers: new Headers({ 'x-a': undefined as unknown as string }) }),
  ),
  'are removed by undefined in a record over Headers': headers((ky) =>
    ky.create({ headers: new Headers(ab.headers) }).extend({ headers: { 'x-a': undefined } }),
  ),
  'are removed by undefined in Headers over a record': headers((ky) =>
    ky.create(ab).extend({ headers: new Headers({ 'x-a': undefined as unknown as string }) }),
  ),
  'are replaced by those of a call': headers((ky) => ky.create(ab), { headers: { 'x-a': '2' } }),
  'are pairs as well': headers((ky) => ky.create(ab), { headers: [['x-c', '3']] }),
  'are put in place of all others by replaceOption': headers((ky) =>
    ky.create(ab).extend({ headers: replaced({ 'x-a': '2' }) }),
  ),
  'stay Headers in replaceOption': headers((ky) =>
    ky.create(ab).extend({ headers: replaced(new Headers({ 'x-c': '3' })) }),
  ),
  'are merged again after replaceOption': headers((ky) =>
    ky
      .create(ab)
      .extend({ headers: replaced({ 'x-c': '3' }) })
      .extend({ headers: { 'x-a': '4' } }),
  ),
  'are all removed by replaceOption of nothing': headers((ky) =>
    ky.create(ab).extend({ headers: replaced({}) }),
  ),
  'are replaced by a call, too': headers((ky) => ky.create(ab), {
    headers: replaced({ 'x-c': '3' }),
  }),
});

sideBySide('replaceOption', {
  'replaces hooks': marks((ky, mark) =>
    ky.create(before(mark('base'))).extend({ hooks: replaced(before(mark('own')).hooks) }),
  ),
  'replaces hooks in a function': marks((ky, mark) =>
    ky.create(before(mark('base'))).extend(() => ({ hooks: replaced(before(mark('own')).hooks) })),
  ),
  'replaces hooks, to which others are appended': marks((ky, mark) =>
    ky
      .create(before(mark('base')))
      .extend({ hooks: replaced(before(mark('own')).hooks) })
      .extend(before(mark('more'))),
  ),
  'drops hooks of every kind': marks((ky, mark) =>
    ky
      .create(before(mark('base')))
      .extend(after(mark('after')))
      .extend({ hooks: replaced(before(mark('own')).hooks) }),
  ),
  'replaces what was replaced': marks((ky, mark) =>
    ky
      .create(before(mark('base')))
      .extend({ hooks: replaced(before(mark('one')).hooks) })
      .extend({ hooks: replaced(before(mark('two')).hooks) }),
  ),
  'of nothing drops all hooks': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const seen = ['called'];
    await ky.create(before(() => void seen.push('base'))).extend({ hooks: replaced({}) })(url);
    return seen;
  },
  'replaces parameters': url((ky) =>
    ky.create({ searchParams: { a: 1 } }).extend({ searchParams: replaced({ b: 2 }) }),
  ),
  'replaces parameters by URLSearchParams': url((ky) =>
    ky
      .create({ searchParams: { a: 1 } })
      .extend({ searchParams: replaced(new URLSearchParams('b=2')) }),
  ),
  'replaces parameters by text': url((ky) =>
    ky.create({ searchParams: { a: 1 } }).extend({ searchParams: replaced('b=2') }),
  ),
  'replaces parameters by pairs': url((ky) =>
    ky.create({ searchParams: { a: 1 } }).extend({ searchParams: replaced([['c', '3']]) }),
  ),
  'replaces a body of JSON': body((ky) => ky.create({ json: { a: 1 } }), {
    json: replaced({ b: 2 }),
  }),
  'replaces a context': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    let context: unknown;
    await ky
      .create({ context: { a: 1 } })
      .extend({ context: replaced({ b: 2 }) })
      .get(url, { hooks: { beforeRequest: [({ options }) => void (context = options.context)] } });
    return context;
  },
  'replaces retries': async ({ ky, serve }) => {
    const { url, seen } = await serve(500);
    const api = ky.create({ retry: { limit: 3, delay: () => 0 } });
    await failure(() => api.extend({ retry: replaced({ limit: 0 }) }).get(url));
    return seen.length;
  },
  'replaces several options at once': async (lab) => {
    const seen = await sentBy(lab, (ky) =>
      ky
        .create({ ...ab, searchParams: { a: 1 } })
        .extend({ headers: replaced({ 'x-c': '3' }), searchParams: replaced({ b: 2 }) }),
    );
    return [seen.url, seen.headers['x-a'], seen.headers['x-c']].map(String);
  },
});

const context =
  (make: (ky: Lab['ky']) => Lab['ky'], options: Options = {}): Behaviour =>
  async ({ ky, serve }) => {
    const { url } = await serve(500, 'ok');
    const seen: unknown[] = [];
    const note = (state: { options: { context: unknown } }) =>
      void seen.push(state.options.context);
    await make(ky).get(url, {
      retry: { delay: () => 0 },
      ...options,
      hooks: { beforeRequest: [note], beforeRetry: [note], afterResponse: [note] },
    });
    return seen;
  };

sideBySide('context', {
  'is told to the hooks of every kind, at each attempt': context((ky) => ky, {
    context: { id: '123' },
  }),
  'is merged of an instance, an extension and a call': context(
    (ky) => ky.create({ context: { base: 1 } }).extend({ context: { extended: 2 } }),
    { context: { call: 3 } },
  ),
  'is an empty record by default': context((ky) => ky),
  'is merged one level deep': context(
    (ky) => ky.create({ context: { auth: { key: 'a', user: 'u' }, other: { x: 1 } } }),
    { context: { auth: { key: 'b' }, added: true } },
  ),
  'is told to beforeError, and by the error': async ({ ky, serve }) => {
    const { url } = await serve(404);
    const seen: unknown[] = [];
    const error = await failure(() =>
      ky.get(url, {
        context: { id: 1 },
        hooks: {
          beforeError: [({ options, error }) => (seen.push(options.context), error)],
        },
      }),
    );
    return [seen, (error as { options: { context: unknown } }).options.context];
  },
  'is no array': ({ ky }) => failure(() => ky.get('http://server.test', { context: [] as never })),
  'is no text': ({ ky }) => failure(() => ky.get('http://server.test', { context: 'x' as never })),
  'may be null, which removes it': context((ky) => ky.create({ context: { a: 1 } }), {
    context: null as never,
  }),
});
