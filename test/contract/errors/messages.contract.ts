import {
  NetworkError,
  SessionClosedError,
  type Session,
  SessionError,
  type TransportRequest,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inProduction,
  open,
  reasonOf,
  rejection,
  type Site,
  sites,
} from '../../support/contract.ts';

type Failing = { name: string; fail: (session: Session, a: Site) => PromiseLike<unknown> };

const failing: Failing[] = [
  { name: 'a status', fail: (session) => session.get('status/404?page=2').json() },
  { name: 'a reset', fail: (session) => session.get('reset?page=2') },
  {
    name: 'a response timeout',
    fail: (session) => session.get('never?page=2', { timeout: { response: 20 } }),
  },
  {
    name: 'a total timeout',
    fail: (session) => session.get('never?page=2', { timeout: { total: 20 } }),
  },
  {
    name: 'a body timeout',
    fail: (session) => session.get('gated?first=x&page=2', { timeout: { body: 20 } }).text(),
  },
  { name: 'a truncated body', fail: (session) => session.get('truncated?page=2').text() },
  {
    name: 'a large body',
    fail: (session) => session.get('bytes?n=100&page=2', { maxResponseSize: 5 }).text(),
  },
  { name: 'no JSON', fail: (session) => session.get('reply?text=nope&page=2').json() },
  {
    name: 'no JSON, read later',
    fail: async (session) => (await session.get('reply?text=nope&page=2')).json(),
  },
  {
    name: 'a schema',
    fail: (session) =>
      session.get('echo?page=2').json({
        '~standard': { version: 1, vendor: 'x', validate: () => ({ issues: [{ message: 'no' }] }) },
      }),
  },
  {
    name: 'an option',
    fail: (session) => session.get('echo?page=2', { maxRedirects: -1 }),
  },
  {
    name: 'a closed session',
    fail: async (session) => {
      await session.close();
      return session.get('echo?page=2');
    },
  },
  {
    name: 'a discarded body',
    fail: async (session) => {
      const response = await session.get('gated?first=x&page=2');
      await session.close();
      return response.text();
    },
  },
];

/** In V8 a stack begins with the message, which others leave out. */
const stacksHaveMessages = String(new Error('sought').stack).includes('sought');

describe('F47: the message of an error of a call', () => {
  for (const { name, fail } of failing) {
    test(`names method and URL, once: ${name}`, async () => {
      const { a } = sites();
      const session = open({ retry: 0, baseUrl: a.base });
      const error = await rejection(fail(session, a), SessionError);
      expect(error.message).toMatch(/^GET http:\/\/[^ ]*page=2\b/);
      expect(error.message.split('page=2')).toHaveLength(2);
      if (stacksHaveMessages && !inProduction) expect(error.stack).toContain(error.message);
      // What a logger takes that goes through the members.
      expect(Object.keys(error)).toContain('request');
      expect(JSON.parse(JSON.stringify({ ...error }))).toMatchObject({
        request: { method: 'GET', url: expect.stringContaining('page=2') as unknown },
      });
    });
  }

  test('names at most 200 characters of the URL', async () => {
    const { a } = sites();
    const call = open({ retry: 0 }).get(a.url('reset', { page: 'x'.repeat(1000) }));
    const { message } = await rejection(call, SessionError);
    expect(message).toMatch(/page=x{50}/);
    expect(message).not.toMatch(/x{200}/);
  });

  test('names each of the calls that a destroyed session had', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const calls = ['one', 'two'].map((page) => session.get('never', { searchParams: { page } }));
    const errors = Promise.all(calls.map((call) => rejection(call, SessionClosedError)));
    await Promise.resolve();
    await Promise.resolve();
    await session.destroy();
    const messages = (await errors).map(({ message }) => message);
    expect(messages[0]).toContain('page=one');
    expect(messages[1]).toContain('page=two');
  });

  test("is the caller's where the error is", async () => {
    const { a } = sites();
    const mine = new SessionClosedError('mine');
    const byOption = open().get(a.url('never'), { signal: AbortSignal.abort(mine) });
    expect(await reasonOf(byOption)).toBe(mine);
    const session = open();
    const call = session.get(a.url('never'));
    const failed = reasonOf(call);
    await session.destroy(mine);
    expect(await failed).toBe(mine);
    expect(mine.message).toBe('mine');
    expect(mine.request).toBe(undefined);
  });
});

describe('what is printed', () => {
  /** With what a host's error, the cause of one of ours, says and has. */
  const shown = (value: unknown): string => {
    const texts = [JSON.stringify(value), String(value)];
    for (let error = value, depth = 0; error instanceof Error && depth < 5; depth++) {
      for (const name of Object.getOwnPropertyNames(error)) {
        const own: unknown = Reflect.get(error, name);
        if (typeof own === 'string') texts.push(own);
      }
      error = error.cause;
    }
    return texts.join(' ');
  };

  test('has no value of a header that is not known to be harmless', async () => {
    const names = ['x-api-key', 'x-auth-token', 'api-key', 'x-amz-security-token', 'x-anything'];
    const secret = Object.fromEntries(names.map((name) => [name, `cAnArY-${name}`]));
    const headers = { ...secret, 'content-type': 'text/plain', date: 'today' };
    const transport = { send: () => Promise.resolve(new Response('', { headers })) };
    const session = open({ baseUrl: 'http://app.test/', headers: secret, transport });
    const response = await session.get('x');
    for (const value of [
      session,
      session.headers,
      response,
      response.request,
      response.request.headers,
    ]) {
      expect(shown(value)).not.toContain('cAnArY');
      expect(shown(value)).toContain('"x-api-key":"[redacted]"');
    }
    const date = inProduction ? '[redacted]' : 'today';
    expect(shown(response)).toContain(`"content-type":"text/plain","date":"${date}"`);
  });

  test.each([
    'api_key',
    'apikey',
    'apiKey',
    'API_KEY',
    'key',
    'token',
    'access_token',
    'idToken',
    'secret',
    'client_secret',
    'signature',
    'X-Amz-Signature',
    'sig',
    'password',
    'passwd',
    'pwd',
    'auth',
    'code',
    'session',
    'sessionId',
    'sid',
    'AWSAccessKeyId',
    '%61pi_key',
    'otp',
    'jwt',
  ])('has no query value called %s', async (name) => {
    const { a } = sites();
    const session = open({ retry: 0 });
    const query = `?page=2&${name}=cAnArY&x=3#${name}=cAnArY`;
    const response = await session.get(`${a.url('echo')}${query}`);
    const failed = await rejection(session.get(`${a.url('reset')}${query}`), SessionError);
    const status = await rejection(
      session.get(`${a.url('status/404')}${query}`).json(),
      SessionError,
    );
    for (const value of [response, response.request, failed, status, failed.request]) {
      expect(shown(value)).not.toContain('cAnArY');
      expect(shown(value)).toContain(`page=2`);
    }
    expect(response.url).toContain('cAnArY');
  });

  test("has no query value of the session's own parameters", async () => {
    const { a } = sites();
    const session = open({ retry: 0, baseUrl: a.base, searchParams: { tenant: 'cAnArY' } });
    const response = await session.get('echo?page=2');
    expect(response.url).toContain('tenant=cAnArY');
    const failed = await rejection(session.get('reset?page=2'), SessionError);
    const looped = await rejection(session.get('status/404?page=2').json(), SessionError);
    for (const value of [response, response.request, failed, looped, failed.request]) {
      expect(shown(value)).not.toContain('cAnArY');
      expect(shown(value)).toContain('page=2');
    }
  });

  test('has nothing of what a host tells of a URL in its errors', async () => {
    const failures: Error[] = [];
    const failure = (url: URL): Error => {
      const cause = Object.assign(new Error(`error for ${url.href}: broken`), { path: url.href });
      const error = new TypeError(`fetching "${url.href}"`, { cause });
      // Nobody is to be held up by a circle.
      cause.cause = error;
      failures.push(error);
      return error;
    };
    const refusing = { send: ({ url }: TransportRequest) => Promise.reject(failure(url)) };
    const breaking = {
      send: ({ url }: TransportRequest) =>
        Promise.resolve(new Response(new ReadableStream({ pull: (c) => c.error(failure(url)) }))),
    };
    const url = 'http://user:cAnArY@app.test/?page=2&api_key=cAnArY';
    for (const transport of [refusing, breaking]) {
      const session = open({ retry: 0, transport, searchParams: { tenant: 'cAnArY' } });
      const error = await rejection(session.get(url).text(), NetworkError);
      expect(error.cause).toBe(failures.at(-1));
      for (const value of [error, error.cause]) {
        expect(shown(value)).not.toContain('cAnArY');
        expect(shown(value)).toContain('page=2');
      }
    }
  });

  test.each(['page', 'monkey', 'author', 'encoding', 'design', 'keyword', 'postcode', 'shipping'])(
    'has a query value called %s',
    async (name) => {
      const { a } = sites();
      const response = await open().get(`${a.url('echo')}?${name}=plain`);
      expect(shown(response)).toContain(`${name}=plain`);
    },
  );
});
