/** Where a call goes: `baseUrl`, `prefix`, and what may be an input. */
import type { Options } from 'ky';
import { type Behaviour, echo, failure, type Lab, type Seen, sideBySide } from './side-by-side.ts';

type Input = Parameters<Lab['ky']>[0];

/** The path and query that are asked for. `at` makes a URL of a path on the server. */
const path =
  (input: (at: At) => Input, options: (at: At) => Options): Behaviour =>
  async ({ ky, serve }) => {
    const { url } = await serve(echo);
    const at: At = (route = '') => url + route;
    return (await ky(input(at), options(at)).json<Seen>()).url;
  };

type At = (route?: string) => string;
const invalid = (options: object): Options => options as Options;

sideBySide('baseUrl', {
  'may be false': path(
    (at) => at('/foo/bar'),
    () => invalid({ baseUrl: false }),
  ),
  'may be a path for a whole URL': path(
    (at) => at('/foo/bar'),
    () => ({ baseUrl: '/api' }),
  ),
  'may be empty for a whole URL': path(
    (at) => at('/foo/bar'),
    () => ({ baseUrl: '' }),
  ),
  'may be empty for a URL': path(
    (at) => new URL(at('/foo/bar')),
    () => ({ baseUrl: '' }),
  ),
  'is not for a URL': path(
    (at) => new URL(at('/foo/bar')),
    (at) => ({ baseUrl: at('/api/') }),
  ),
  'is not for a Request': path(
    (at) => new Request(at('/foo/bar')),
    (at) => ({ baseUrl: at('/api/') }),
  ),
  'is what a path resolves against': path(
    () => 'foo/bar',
    (at) => ({ baseUrl: at() }),
  ),
  'gives its scheme to an input of two slashes': path(
    (at) => at('/foo/bar').replace('http:', ''),
    (at) => ({ baseUrl: at('/api/') }),
  ),
  'stands before a prefix': path(
    () => '/users',
    (at) => ({ prefix: 'v1', baseUrl: at('/api/') }),
  ),
  'may be a URL': path(
    () => 'foo/bar',
    (at) => ({ baseUrl: new URL(at()) }),
  ),
  'loses its path to a path from the root': path(
    () => '/bar',
    (at) => ({ baseUrl: at('/foo/') }),
  ),
  'loses its path without a slash, too': path(
    () => '/bar',
    (at) => ({ baseUrl: at('/foo') }),
  ),
  'keeps a path with a slash': path(
    () => 'bar',
    (at) => ({ baseUrl: at('/foo/') }),
  ),
  'loses the last part of a path without': path(
    () => 'bar',
    (at) => ({ baseUrl: at('/foo') }),
  ),
  'loses the last part of a URL': path(
    () => 'bar',
    (at) => ({ baseUrl: new URL(at('/foo')) }),
  ),
  'is meant by an empty input': path(
    () => '',
    (at) => ({ baseUrl: at() }),
  ),
  'is meant by an empty input, with its slash': path(
    () => '',
    (at) => ({ baseUrl: at('/') }),
  ),
  'is meant by an empty input as a URL': path(
    () => '',
    (at) => ({ baseUrl: new URL(at()) }),
  ),
  'takes a query along': path(
    () => 'bar?x=1',
    (at) => ({ baseUrl: at('/foo/?y=2') }),
  ),
  'is told to hooks': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    let told: unknown;
    const note = ({ options }: { options: { baseUrl?: unknown } }) => void (told = options.baseUrl);
    await ky('status', { baseUrl: `${url}/api/`, hooks: { beforeRequest: [note] } });
    return told;
  },
  'of an instance gives way to that of a call': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky.create({ baseUrl: `${url}/a/` })('x', { baseUrl: `${url}/b/` });
    return seen[0]?.url;
  },
  'refuses a scheme without slashes': ({ ky }) =>
    failure(() => ky('https:example.com', { baseUrl: 'http://server.test/' })),
  'may be set by an init hook': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const set = (options: Options) => void (options.baseUrl = `${url}/api/`);
    await ky('x', { hooks: { init: [set] } });
    return seen[0]?.url;
  },
});

sideBySide('prefix', {
  'may be false': path(
    (at) => at('/foo/bar'),
    () => invalid({ prefix: false }),
  ),
  'may be empty': path(
    (at) => at('/foo/bar'),
    () => ({ prefix: '' }),
  ),
  'may be empty for a URL': path(
    (at) => new URL(at('/foo/bar')),
    () => ({ prefix: '' }),
  ),
  'is not for a URL': path(
    (at) => new URL(at('/x')),
    (at) => ({ prefix: at('/foo') }),
  ),
  'stands before a path': path(
    () => 'foo/bar',
    (at) => ({ prefix: at() }),
  ),
  'may be a URL': path(
    () => 'foo/bar',
    (at) => ({ prefix: new URL(at()) }),
  ),
  'keeps its path': path(
    () => '/bar',
    (at) => ({ prefix: at('/foo/') }),
  ),
  'needs no slash': path(
    () => '/bar',
    (at) => ({ prefix: at('/foo') }),
  ),
  'takes slashes off the input': path(
    () => '//bar',
    (at) => ({ prefix: at('/foo') }),
  ),
  'has slashes taken off': path(
    () => '/bar',
    (at) => ({ prefix: at('/foo//') }),
  ),
  'joins with one slash': path(
    () => 'bar',
    (at) => ({ prefix: at('/foo/') }),
  ),
  'joins with a slash of its own': path(
    () => 'bar',
    (at) => ({ prefix: at('/foo') }),
  ),
  'joins as a URL, too': path(
    () => 'bar',
    (at) => ({ prefix: new URL(at('/foo')) }),
  ),
  'is meant by an empty input': path(
    () => '',
    (at) => ({ prefix: at() }),
  ),
  'is meant by an empty input, with its slash': path(
    () => '',
    (at) => ({ prefix: at('/') }),
  ),
  'is meant by an empty input as a URL': path(
    () => '',
    (at) => ({ prefix: new URL(at()) }),
  ),
  'is not disturbed by an inherited prefixUrl': path(
    () => 'bar',
    (at) => Object.assign(Object.create({ prefixUrl: at('/api') }), { prefix: at('/foo') }),
  ),
  'is lengthened by an extension': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const api = ky.create({ prefix: `${url}/api` });
    await api.extend((options) => ({ prefix: `${String(options.prefix)}/users` })).get('123');
    await api.get('version');
    return seen.map((request) => request.url);
  },
  'is kept by an extension': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky
      .create({ prefix: `${url}/api` })
      .extend({})
      .get('123');
    return seen.map((request) => request.url);
  },
  ...Object.fromEntries(
    ['', undefined, 'http://server.test/api'].map((prefixUrl): [string, Behaviour] => [
      `says that it was called prefixUrl: ${JSON.stringify(prefixUrl)}`,
      ({ ky }) => failure(() => ky('http://server.test/x', invalid({ prefixUrl }))),
    ]),
  ),
  'says so for a Request': ({ ky }) =>
    failure(() => ky(new Request('http://server.test/x'), invalid({ prefixUrl: '/a' }))),
  'says so for a URL': ({ ky }) =>
    failure(() => ky(new URL('http://server.test/x'), invalid({ prefixUrl: '/a' }))),
});

sideBySide('the input', {
  'is a URL as text': path(
    (at) => at('/x'),
    () => ({}),
  ),
  'is a URL': path(
    (at) => new URL(at('/x')),
    () => ({}),
  ),
  'is a Request, with its method and headers': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky(new Request(url, { method: 'POST', headers: { 'x-a': '1' }, body: 'b' }));
    return [seen[0]?.method, seen[0]?.headers['x-a'], seen[0]?.body];
  },
  'is a Request whose method the options change': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky(new Request(url, { method: 'GET' }), { method: 'POST' });
    return seen[0]?.method;
  },
  'is a Request whose verb the call changes': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky.put(new Request(url));
    return seen[0]?.method;
  },
  'is a Request whose body the options change': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky(new Request(url, { method: 'POST', body: 'old' }), { body: 'new' });
    return seen[0]?.body;
  },
  'is a Request whose headers the options join': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const headers = { 'x-a': '1', 'x-b': '1' };
    await ky(new Request(url, { headers }), { headers: { 'x-b': '2' } });
    return [seen[0]?.headers['x-a'], seen[0]?.headers['x-b']];
  },
  'is no number': ({ ky }) => failure(() => ky.get(0 as unknown as string)),
  'is not undefined': ({ ky }) => failure(() => ky(undefined as unknown as string)),
  'is no path without a base': ({ ky }) => failure(() => ky('/path')),
  'is no URL that cannot be parsed': ({ ky }) => failure(() => ky('http://[bad')),
  'follows redirects to the URL of its response': async ({ ky, serve }) => {
    const { url } = await serve({ status: 302, headers: { location: '/there' } }, 'ok');
    const response = await ky(url);
    return [response.url, response.redirected];
  },
  'shows a redirect that is not to be followed': async ({ ky, serve }) => {
    const { url } = await serve({ status: 302, headers: { location: '/there' } });
    const response = await ky(url, { redirect: 'manual', throwHttpErrors: false });
    return [response.status, response.headers.get('location')];
  },
});
