import {
  InvalidRequestError,
  type Middleware,
  refresh,
  type RequestOptions,
  type Session,
  type SessionOptions,
  type Tokens,
  type Transport,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inBrowser,
  open,
  reasonOf,
  rejection,
  thrown,
  uploadTest,
  wireTest,
} from '../../support/contract.ts';
import { dataOf, spoil } from './spoil.ts';

/** A door, and how it is made to spoil what it is given. */
interface Door {
  door: string;
  session?: SessionOptions;
  use?: (session: Session) => unknown;
  call?: RequestOptions;
}

const spoiling: Middleware = async (request, next) => {
  const { url, headers } = request;
  try {
    return await next({ ...request, url: new URL(url), headers: new Headers(headers) });
  } finally {
    spoil(request);
  }
};

const retry = { delay: () => 0, methods: ['GET', 'POST'], statusCodes: [503] };

const doors: Door[] = [
  { door: 'a middleware', use: (session) => session.use(spoiling) },
  {
    door: 'a middleware around attempts',
    use: (session) => session.use(spoiling, { around: 'attempt' }),
  },
  { door: 'a middleware around hops', use: (session) => session.use(spoiling, { around: 'hop' }) },
  { door: 'an auth', session: { auth: spoiling } },
  {
    door: 'afterResponse',
    session: { hooks: { afterResponse: [({ request }) => spoil(request)] } },
  },
  {
    door: 'beforeError',
    session: { hooks: { beforeError: [({ request, error }) => void spoil([request, error])] } },
  },
  {
    door: 'shouldRetry',
    session: { retry: { ...retry, shouldRetry: (given) => void spoil({ ...given }) } },
  },
  { door: 'a transport' },
];

/** What may be shared: by the session's defaults, or by what callers give again and again. */
const defaults = (): SessionOptions => ({
  baseUrl: 'https://home.test/',
  headers: { 'x-session': 'value' },
  searchParams: { key: 'value' },
  origins: ['https://friend.test'],
  keepHeaders: ['x-kept'],
  retry,
  timeout: { response: 5000 },
  ...({ next: { tags: ['one'], revalidate: { every: 1 } } } as object),
  ...({ cf: { image: { fit: 'cover' } } } as object),
});

const bodies: { body: string; make: () => RequestOptions }[] = [
  { body: 'nothing', make: () => ({}) },
  { body: 'text', make: () => ({ body: 'text' }) },
  { body: 'bytes', make: () => ({ body: new TextEncoder().encode('bytes') }) },
  { body: 'an ArrayBuffer', make: () => ({ body: new TextEncoder().encode('bytes').buffer }) },
  {
    body: 'a form',
    make() {
      const body = new FormData();
      body.append('field', 'value');
      body.append('field', 'other');
      return { body };
    },
  },
  { body: 'URLSearchParams', make: () => ({ body: new URLSearchParams({ a: '1' }) }) },
  { body: 'json', make: () => ({ json: { nested: ['data'] } }) },
  { body: 'fields', make: () => ({ form: { a: ['1', '2'] } }) },
];

const rows = doors.flatMap((door) => bodies.map((body) => ({ ...door, ...body })));

/** Three calls by two callers, each answered 503 before 200: all that is sent, as data. */
async function run({ session: options, use, call }: Door, given: RequestOptions, spoils: boolean) {
  const sent: unknown[] = [];
  const transport: Transport = {
    async send(request) {
      sent.push(await dataOf(request));
      if (spoils) spoil(request);
      return new Response('[]', { status: sent.length % 2 ? 503 : 200 });
    },
  };
  const shared = { ...defaults(), ...options };
  const session = open({ ...shared, transport });
  use?.(session);
  const state = () =>
    JSON.stringify([
      [...session.headers],
      session.baseUrl,
      session.timeout,
      session.retry,
      shared,
      given,
    ]);
  const before = state();
  const ofCall = { headers: { 'x-call': 'value' }, cookies: inBrowser ? undefined : { c: '1' } };
  for (const caller of [session, session.extend(), session])
    await caller.post('path', Object.assign({}, ofCall, given, call));
  expect(state()).toBe(before);
  return sent;
}

describe("R28: what others are given is theirs to spoil, and nobody else's", () => {
  test.each(rows)('$door, $body', async ({ make, ...door }) => {
    const sent = await run(door, make(), door.door === 'a transport');
    expect(sent).toEqual(await run({ door: 'none' }, make(), false));
    expect(sent).toHaveLength(6);
  });

  test('what callers give stays as it was', async () => {
    for (const { make } of bodies) {
      const given = make();
      const form = given.body instanceof FormData ? given.body : undefined;
      const bytes = given.body instanceof Uint8Array ? given.body : undefined;
      for (const door of doors) await run(door, given, true);
      if (form) expect([...form]).toEqual([...(make().body as FormData)]);
      if (bytes) expect(new TextDecoder().decode(bytes)).toBe('bytes');
    }
  });

  test("refresh's functions, of its tokens", async () => {
    const seen: (string | null)[] = [];
    const stored: Tokens = { accessToken: 'first', scopes: ['a'] };
    const session = open({
      auth: refresh({
        load: () => stored,
        async renew(tokens) {
          spoil(tokens);
          return { accessToken: 'second', scopes: ['b'] };
        },
        save: (tokens) => spoil(tokens),
        isExpired(tokens) {
          spoil(tokens);
          return false;
        },
        apply({ headers }, tokens) {
          headers.set('authorization', `${String(tokens.accessToken)} ${String(tokens['scopes'])}`);
          spoil(tokens);
        },
      }),
      transport: {
        async send({ headers }) {
          seen.push(headers.get('authorization'));
          return new Response(null, { status: seen.length === 2 ? 401 : 200 });
        },
      },
    });
    for (let i = 0; i < 3; i++) await session.get('https://home.test/');
    expect(seen).toEqual(['first a', 'first a', 'second b', 'second b']);
    expect(stored).toEqual({ accessToken: 'first', scopes: ['a'] });
  });

  test("refresh's functions, of tokens that a lock has told", async () => {
    const seen: (string | null)[] = [];
    const kept: unknown[] = [];
    const session = open({
      auth: refresh({
        load: () => ({ accessToken: 'first', scopes: ['a'] }),
        renew: () => Promise.reject(new Error('Another tab has renewed.')),
        isExpired(tokens) {
          spoil(tokens);
          return false;
        },
        apply({ headers }, tokens) {
          headers.set('authorization', `${String(tokens.accessToken)} ${String(tokens['scopes'])}`);
          spoil(tokens);
        },
        lock: {
          async run<T>() {
            const tokens = { accessToken: 'second', scopes: ['b'] };
            kept.push(tokens);
            return { tokens, key: 'second', fresh: true } as T;
          },
        },
      }),
      transport: {
        async send({ headers }) {
          seen.push(headers.get('authorization'));
          return new Response(null, { status: seen.length === 1 ? 401 : 200 });
        },
      },
    });
    for (let i = 0; i < 3; i++) await session.get('https://home.test/');
    expect(seen).toEqual(['first a', 'second b', 'second b', 'second b']);
    expect(kept).toEqual([{ accessToken: 'second', scopes: ['b'] }]);
  });

  test('what a renewal has given, by the lock that has seen it', async () => {
    const seen: (string | null)[] = [];
    let outcome: unknown;
    const session = open({
      auth: refresh({
        load: () => ({ accessToken: 'first' }),
        renew: async () => ({ accessToken: 'second' }),
        lock: {
          async run(_, task) {
            const renewed = await task(new AbortController().signal, 1);
            outcome = renewed;
            return renewed;
          },
        },
      }),
      transport: {
        async send({ headers }) {
          seen.push(headers.get('authorization'));
          return new Response(null, { status: seen.length === 1 ? 401 : 200 });
        },
      },
    });
    for (let i = 0; i < 2; i++) {
      await session.get('https://home.test/');
      spoil(outcome);
    }
    expect(seen).toEqual(['Bearer first', 'Bearer second', 'Bearer second']);
  });

  test('a record that contains itself is copied as one that does', async () => {
    const cf: Record<string, unknown> = { image: { fit: 'cover' } };
    cf['self'] = cf;
    const handed: Record<string, unknown>[] = [];
    const session = open({
      ...({ cf } as object),
      transport: {
        async send({ init }) {
          const given = (init as { cf: Record<string, unknown> }).cf;
          handed.push({
            isOwn: given['self'] === given && given !== cf,
            ...(given['image'] as object),
          });
          spoil(given);
          return new Response();
        },
      },
    });
    for (let i = 0; i < 2; i++) await session.get('https://home.test/');
    expect(handed).toEqual(Array(2).fill({ isOwn: true, fit: 'cover' }));
    expect(cf['image']).toEqual({ fit: 'cover' });
  });

  test('tokens and records without end are typed errors', async () => {
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 50_000; i++) deep = { deep };
    const tokens: Tokens = { accessToken: 'first' };
    tokens['self'] = tokens;
    const transport: Transport = { send: async () => new Response() };
    const url = 'https://home.test/';
    for (const load of [() => ({ deep }), async () => ({ accessToken: 'a', deep })]) {
      const auth = refresh({ load, renew: async () => ({}) });
      await rejection(open({ auth, transport }).get(url), InvalidRequestError);
    }
    await rejection(open({ transport }).get(url, { cf: deep } as object), InvalidRequestError);
    thrown(() => open({ cf: deep } as object), InvalidRequestError);
    const auth = refresh({ load: () => tokens, renew: async () => ({}) });
    expect((await open({ auth, transport }).get(url)).status).toBe(200);
  });

  wireTest('whoever asks for cookies', async () => {
    const session = open({ baseUrl: 'https://home.test/' });
    const line = 'sid=1; Path=/; Domain=home.test; Partitioned; Secure';
    spoil(await session.cookies.set(line));
    const before = JSON.stringify(
      (await session.cookies.export()).map((record) => ({ ...record })),
    );
    spoil(await session.cookies.getAll());
    spoil(await session.cookies.get('sid'));
    const records = await session.cookies.export();
    const other = open({ baseUrl: 'https://home.test/' });
    await other.cookies.import(records);
    spoil(records);
    for (const { cookies } of [session, other]) {
      const found = (await cookies.export()).map((record) => ({ ...record }));
      expect(JSON.stringify(found)).toBe(before);
      expect(await cookies.header()).toBe('sid=1');
    }
  });

  test('whoever asks for figures, settings, a snapshot', async () => {
    const session = open(defaults());
    const read = () =>
      JSON.stringify([session.stats(), session.timeout, session.retry, session.baseUrl]);
    const before = read();
    const snapshot = await session.snapshot();
    const kept = JSON.stringify(snapshot);
    for (let i = 0; i < 2; i++)
      spoil([session.stats(), session.timeout, session.retry, session.baseUrl]);
    spoil(snapshot);
    expect(read()).toBe(before);
    expect(JSON.stringify(await session.snapshot())).toBe(kept);
  });

  test('whoever is given a response or an error', async () => {
    const link = '</2>; rel="next"';
    const session = open({
      transport: { send: async () => new Response('{"a":[1]}', { headers: { link } }) },
    });
    const first = await session.get('https://home.test/1', { headers: { 'x-call': '1' } });
    spoil([first.history, first.cookies, first.links, first.request.headers]);
    const second = await session.get('https://home.test/1', { headers: { 'x-call': '1' } });
    expect([second.history, { ...second.cookies }, second.links['next']?.url]).toEqual([
      [],
      {},
      'https://home.test/2',
    ]);
    expect(second.request.headers.get('x-spoiled')).toBe(null);
    const failing = open({ transport: { send: () => Promise.reject(new Error('no')) }, retry: 0 });
    const call = { headers: { 'x-call': '1' }, context: { own: true } };
    for (let i = 0; i < 2; i++) {
      const error = (await reasonOf(failing.get('https://home.test/1', call))) as {
        request: { headers: Headers };
        context: object;
      };
      expect([...error.request.headers].filter(([name]) => name === 'x-spoiled')).toEqual([]);
      spoil([error.request.headers, error.context]);
    }
    expect(call).toEqual({ headers: { 'x-call': '1' }, context: { own: true } });
  });

  uploadTest('a callback of progress, of the bytes', async () => {
    const body = new TextEncoder().encode('bytes');
    const session = open({ retry: 0 });
    await reasonOf(
      session.post('http://127.0.0.1:1/', { body, onUploadProgress: (_, chunk) => spoil(chunk) }),
    );
    expect(new TextDecoder().decode(body)).toBe('bytes');
  });
});
