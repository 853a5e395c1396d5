/** `searchParams`, and how those of instances, URLs and hooks meet. */
import { type Options, replaceOption } from 'ky';
import { type Behaviour, failure, sideBySide } from './side-by-side.ts';

const invalid = (options: object): Options => options as Options;

const query =
  (before: string, searchParams: unknown): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky(url + before, invalid({ searchParams }));
    return seen[0]?.url;
  };
/** Parameters of an instance and its extensions, the last of which are those of the call. */
const merged =
  (before: string, ...layers: unknown[]): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const call = layers.at(-1);
    let api = ky;
    for (const searchParams of layers.slice(0, -1)) api = api.extend(invalid({ searchParams }));
    await api.get(url + before, call === undefined ? undefined : invalid({ searchParams: call }));
    return seen[0]?.url;
  };
const hooked =
  (before: string, layer: Options, set: (options: Options) => void): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky.extend(layer).get(url + before, { hooks: { init: [set] } });
    return seen[0]?.url;
  };
const params = (text: string) => new URLSearchParams(text);

sideBySide('searchParams', {
  'are pairs': query('', [
    ['cats', 'meow'],
    ['dogs', 'true'],
  ]),
  'are a record': query('', { cats: 'meow', dogs: true, n: 1 }),
  'are URLSearchParams': query('', params('cats=meow&dogs=true')),
  'are text': query('', '?cats=meow&dogs=true'),
  'are text that stays as it is': query('', '?cats&dogs[0]=true&dogs[1]=false'),
  'may be an empty record': query('', {}),
  'may be no pairs': query('', []),
  'may be empty URLSearchParams': query('', params('')),
  'may be blanks': query('', '  '),
  'may be a question mark': query('', '?'),
  'are left out where they are undefined': query('', { a: 'x', b: undefined, c: 'y' }),
  'say null where they are null': query('', { a: 'x', b: null }),
  'are added to those of the URL': query('?foo=1', { bar: 2 }),
  'as text are added, too': query('?old', 'new'),
  'stand before a hash': query('?old#hash', 'new'),
  'stand before a hash alone': query('#hash', 'foo'),
  'of a record stand before a hash': query('?old#hash', { foo: 1 }),
  'take those of the URL away by undefined': query('?foo=1&bar=2&qux=3', {
    foo: undefined,
    baz: '3',
    qux: 'undefined',
  }),
  'take each of one name away': query('?foo=1&foo=2&bar=3', { foo: undefined }),
  'encode what must be': query('', { a: 'ä b&c', 'd e': '+' }),
  'of a URL are added to': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky(new URL(`${url}/?a=1`), { searchParams: { b: 2 } });
    return seen[0]?.url;
  },
  'of a Request are added to': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky(new Request(`${url}/?a=1`), { searchParams: { b: 2 } });
    return seen[0]?.url;
  },
  'merge a record with URLSearchParams': merged('', { api: '123' }, params('limit=1')),
  'merge URLSearchParams with a record': merged('', params('api=123'), { limit: '1' }),
  'merge URLSearchParams with others': merged('', params('api=123'), params('limit=1')),
  'merge pairs with a record': merged('', [['api', '123']], { limit: '1' }),
  'merge text with a record': merged('', 'api=123', { limit: '1' }),
  'keep both of one name': merged('', params('filter=a'), params('filter=b&limit=10')),
  'keep all of one name with the URL': merged('?filter=c&sort=d', params('filter=a'), 'filter=b'),
  'take away what is merged': merged('?z=0', params('a=1&b=2'), { b: undefined, c: '3' }),
  'take away all that is merged': merged(
    '?foo=x&bar=y&keep=1',
    { foo: '1', bar: '2' },
    { foo: undefined, bar: undefined },
  ),
  'take away over several layers': merged(
    '?bar=x&keep=1',
    { foo: '1', bar: '2' },
    { baz: '3' },
    { foo: undefined, extra: '4' },
  ),
  'are added again after they were taken away': merged(
    '',
    { foo: '1' },
    { foo: undefined },
    { foo: '2' },
  ),
  'take away and add at once': merged('', params('foo=1'), { foo: undefined, bar: '2' }),
  'are all removed by undefined': merged('', { a: '1' }, undefined, { b: '2' }),
  'refuse pairs that are none': ({ ky }) =>
    failure(() =>
      ky.create({ searchParams: { a: 1 } }).get('http://server.test', {
        searchParams: [['a', 'b', 'c']],
      }),
    ),
  'are taken away within replaceOption': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const searchParams = replaceOption({ bar: undefined, baz: '3' }) as Options['searchParams'];
    await ky
      .create({ searchParams: { foo: '1', bar: '2' } })
      .extend({ searchParams })
      .get(url);
    return seen[0]?.url;
  },
  'are taken away by a function': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const api = ky.create({ searchParams: { foo: '1' } });
    await api.extend(() => ({ searchParams: { foo: undefined, bar: '2' } })).get(url);
    return seen[0]?.url;
  },
  'may be set by an init hook': hooked('', {}, (options) => {
    options.searchParams = { key: 'secret' };
  }),
  'are taken away by an init hook': hooked('?bar=x', { searchParams: { foo: '1' } }, (options) => {
    options.searchParams = { foo: undefined, baz: '3' };
  }),
  'of the URL are taken away by an init hook': hooked('?foo=x', {}, (options) => {
    options.searchParams = { foo: undefined };
  }),
  'stay taken away where an init hook runs': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    for (const searchParams of [params('foo=1'), { foo: '1' }])
      await ky
        .create({ searchParams })
        .extend({ searchParams: { foo: undefined }, hooks: { init: [() => {}] } })
        .get(`${url}?foo=x&bar=2`);
    return seen.map((request) => request.url);
  },
  'are added again by an init hook': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const add = (options: Options) => (options.searchParams as URLSearchParams).append('foo', '2');
    await ky
      .create({ searchParams: params('foo=1') })
      .extend({ searchParams: { foo: undefined }, hooks: { init: [add] } })
      .get(`${url}?foo=x&bar=2`);
    return seen[0]?.url;
  },
});
