import { InvalidRequestError, NetworkError, TimeoutError } from 'isosession';
import { mockTransport, type MockTransport } from 'isosession/testing';
import { describe, expect, test } from 'vitest';
import {
  developmentTest,
  open,
  reasonOf,
  rejection,
  thrown,
  withoutCode,
} from '../../support/contract.ts';

const origin = 'https://api.example.com';

/** A session on a mock. It waits for no retry. */
function sessionOn(transport: MockTransport) {
  return open({ baseUrl: `${origin}/`, transport, retry: { delay: () => 0 } });
}

/** Paths of routes with paths of URLs, and what the groups stand for in them. */
const paths: [pattern: string, path: string, groups: Record<string, string | undefined> | null][] =
  [
    ['/users/:id', '/users/7', { id: '7' }],
    ['/users/:id', '/users/7/', null],
    ['/users/:id', '/users/', null],
    ['/users/:id', '/users/a/b', null],
    ['/users/:id', '/Users/7', null],
    ['/users/:id?', '/users', { id: undefined }],
    ['/users/:id?', '/users/7', { id: '7' }],
    ['/users/:id?', '/users/', null],
    ['/:from-:to', '/a-b', { from: 'a', to: 'b' }],
    ['/files/*', '/files/a/b.txt', { 0: 'a/b.txt' }],
    ['/files/*', '/files/', { 0: '' }],
    ['/files/*', '/files', null],
    ['/files/*?', '/files', { 0: undefined }],
    ['/*/x/*', '/a/x/b/x/c', { 0: 'a/x/b', 1: 'c' }],
    ['*', '/anything/at/all', { 0: '/anything/at/all' }],
    ['/a.b$', '/a.b$', {}],
    ['/a.b', '/axb', null],
    [String.raw`/a\:b\?`, '/a:b?', null],
    [String.raw`/a\:b`, '/a:b', {}],
    ['/grüße/:name', '/gr%C3%BC%C3%9Fe/%C3%A4', { name: '%C3%A4' }],
  ];

describe('the path of a route', () => {
  test.each(paths)('%s and %s', async (pattern, path, groups) => {
    const mock = mockTransport(() => new Response());
    const route = mock.get(pattern);
    await sessionOn(mock).get(origin + path);
    expect(route.calls.map(({ params }) => params)).toEqual(groups ? [groups] : []);
  });

  const { URLPattern } = globalThis as {
    URLPattern?: new (init: { pathname: string }) => {
      exec(input: string): { pathname: { groups: Record<string, string | undefined> } } | null;
    };
  };
  // Node 20 and Firefox of before its version 142 have none; workerd's of before 2025 had rules of
  // its own.
  const isStandard = URLPattern && 'hasRegExpGroups' in URLPattern.prototype;
  test.each(isStandard ? paths : [])('%s and %s in a URLPattern', (pathname, path, groups) => {
    const found = new URLPattern!({ pathname }).exec(new URL(path, origin).href);
    expect(found && { ...found.pathname.groups }).toEqual(groups);
  });

  test('is of any origin, a URL of its own one, and the query is not looked at', async () => {
    const mock = mockTransport();
    mock.get(`${origin}/who`, 'the api');
    mock.get('/who', 'anybody');
    const session = sessionOn(mock);
    expect(await session.get('who?a=1').text()).toBe('the api');
    expect(await session.get('https://api.example.com:8443/who').text()).toBe('anybody');
    expect(await session.get('https://shop.example/who').text()).toBe('anybody');
  });

  test.each([
    ['users', 'must be a path or an http: or https: URL'],
    ['ftp://api.example.com/', 'must be a path or an http: or https: URL'],
    ['https://:x/y', 'must be a path or an http: or https: URL'],
    ['/users?page=1', 'takes :name, * and ?'],
    ['/users/:id+', 'takes :name, * and ?'],
    ['/users/:id*', 'takes :name, * and ?'],
    [String.raw`/users/(\d+)`, 'takes :name, * and ?'],
    ['/users{/x}?', 'takes :name, * and ?'],
    ['/a:/b', 'takes :name, * and ?'],
    ['/a#b', 'takes :name, * and ?'],
  ])('is refused as it is added: %s', (path, problem) => {
    expect(thrown(() => mockTransport().get(path), InvalidRequestError).message).toContain(problem);
  });
});

describe('a route answers', () => {
  test('with data as JSON, with text, with a Response, and with nothing', async () => {
    const mock = mockTransport();
    mock.get('/data', [{ id: 1 }]);
    mock.get('/null', null);
    mock.get('/text', 'grüße');
    mock.get('/response', new Response('gone', { status: 410, headers: { 'x-a': 'b' } }));
    mock.get('/nothing');
    const session = sessionOn(mock);
    const data = await session.get('data');
    // Bun says its charset.
    expect(data.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(await data.json()).toEqual([{ id: 1 }]);
    expect(await session.get('null').json()).toBe(null);
    expect(await session.get('text').text()).toBe('grüße');
    for (let i = 0; i < 2; i++) {
      const response = await session.get('response');
      expect([response.status, response.headers.get('x-a')]).toEqual([410, 'b']);
      expect(await response.text()).toBe('gone');
    }
    expect((await session.get('nothing')).status).toBe(200);
  });

  test('with several replies in turn, the last one from then on', async () => {
    const mock = mockTransport();
    const route = mock.get('/busy', new Response(null, { status: 503 }), 'ready');
    const session = sessionOn(mock);
    expect(await session.get('busy').text()).toBe('ready');
    expect(await session.get('busy').text()).toBe('ready');
    expect(route.calls).toHaveLength(3);
  });

  test('with what a function makes of the request', async () => {
    const mock = mockTransport();
    mock.post('/users/:id', async ({ method, url, params, headers, ...call }) => [
      method,
      url.search,
      params,
      headers.get('x-a'),
      call.json(),
    ]);
    const json = { a: 'ä' };
    const answer = await sessionOn(mock)
      .post('users/7?x=1', { json, headers: { 'x-a': 'b' } })
      .json();
    expect(answer).toEqual(['POST', '?x=1', { id: '7' }, 'b', json]);
  });

  test('with a failure, which is retried as one of the network', async () => {
    const mock = mockTransport();
    const cause = new Error('ECONNRESET');
    const route = mock.get('/down', cause, 'up');
    expect(await sessionOn(mock).get('down').text()).toBe('up');
    expect(route.calls).toHaveLength(2);
    mock.put('/never', () => {
      throw cause;
    });
    const error = await rejection(sessionOn(mock).put('never', { retry: 0 }), NetworkError);
    expect(error.cause).toBe(cause);
  });

  test('after a delay, which ends with its call', async () => {
    const mock = mockTransport();
    mock.get('/slow', 'at last').delay(60_000);
    mock.get('/quick', 'at once').delay(1);
    const session = sessionOn(mock);
    expect(await session.get('quick').text()).toBe('at once');
    const late = session.get('slow', { timeout: { response: 5 }, retry: 0 });
    expect((await rejection(late, TimeoutError)).phase).toBe('response');
    const reason = new Error('enough');
    const controller = new AbortController();
    const aborted = reasonOf(session.get('slow', { signal: controller.signal }));
    controller.abort(reason);
    expect(await aborted).toBe(reason);
  });

  test.each(['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'query'] as const)(
    'by its method: %s',
    async (method) => {
      const mock = mockTransport();
      const route = mock[method]('/x', new Response());
      await sessionOn(mock)[method]('x');
      expect(route.calls.map((call) => call.method)).toEqual([method.toUpperCase()]);
    },
  );

  test('before others added later, until it has answered as often as it may', async () => {
    const mock = mockTransport(() => new Response('the function'));
    mock.get('/x', 'one').times(1);
    mock.get('/x', 'two').times(2);
    const session = sessionOn(mock);
    const texts = Promise.all([1, 2, 3, 4].map(() => session.get('x').text()));
    expect(await texts).toEqual(['one', 'two', 'two', 'the function']);
    mock.verify();
  });
});

describe('what was asked', () => {
  test('is there with its body, also that of a stream, in order', async () => {
    const mock = mockTransport();
    const route = mock.post('/*');
    mock.get('/*');
    const session = sessionOn(mock);
    await session.get('first');
    await session.post('second', { form: { a: '1 2' } });
    await session.post('third', {
      async *body() {
        yield '{"b":';
        yield '2}';
      },
    });
    expect(mock.calls.map(({ url }) => url.pathname)).toEqual(['/first', '/second', '/third']);
    expect(route.calls).toEqual(mock.calls.slice(1));
    expect(route.calls[0]?.body).toBe('a=1+2');
    expect(route.calls[1]?.json()).toEqual({ b: 2 });
    expect(() => route.calls[0]?.json()).toThrow(SyntaxError);
  });

  test('fails at once where no route has it, and shows the nearest without secrets', async () => {
    const mock = mockTransport();
    mock.get('/v1/users/:id', {});
    mock.post('/v1/orders').times(1);
    const session = sessionOn(mock);
    const error = await rejection(session.get('v2/users/7?token=canary'), InvalidRequestError);
    expect(withoutCode(error)).toBe(
      'No route answers GET https://api.example.com/v2/users/7?token=[redacted]; ' +
        'the nearest is GET /v1/users/:id',
    );
    await session.post('v1/orders');
    const again = await rejection(session.post('v1/orders'), InvalidRequestError);
    expect(again.message).toMatch(/POST \/v1\/orders, which has answered as often as it may$/);
    const none = await rejection(sessionOn(mockTransport()).get(''), InvalidRequestError);
    expect(none.message).toMatch(/: the mock has none$/);
    expect(mock.calls).toHaveLength(3);
  });

  test('is verified: each route as often as it wants, and nothing else', async () => {
    const mock = mockTransport();
    const problems = () => {
      try {
        mock.verify();
        return [];
      } catch (error) {
        expect(error).toMatchObject({ name: 'AssertionError', showDiff: false });
        return (error as Error).message.split('\n');
      }
    };
    mock.get('/a');
    mock.get('/b').times(2);
    mock.get('/c').optional();
    mock.get('/d').times(1).optional();
    const session = sessionOn(mock);
    expect(problems()).toEqual(['GET /a was never asked', 'GET /b was asked 0 of 2 times']);
    for (const path of ['a', 'a', 'b', 'b']) await session.get(path);
    expect(problems()).toEqual([]);
    // The program goes on without an answer: the test learns of it all the same.
    await session.get('e').catch(() => undefined);
    expect(problems()).toEqual([
      'No route answers GET https://api.example.com/e; the nearest is GET /a',
    ]);
  });

  developmentTest('times and delays are no less than nothing', () => {
    const route = mockTransport().get('/f');
    expect(() => route.times(-1)).toThrow(InvalidRequestError);
    expect(() => route.delay(-1)).toThrow(InvalidRequestError);
  });
});
