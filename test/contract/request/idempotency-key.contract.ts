/** `idempotencyKey`: a key that makes a call repeatable. */
import {
  InvalidRequestError,
  type Middleware,
  NetworkError,
  type SessionOptions,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inProcess,
  open,
  type InProcess,
  rejection,
  sent,
  sites,
  thrown,
  wireTest,
} from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

const url = 'http://app.test/';
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const atOnce: SessionOptions = { retry: { delay: () => 0 } };

const keysOf = ({ seen }: InProcess) => seen.map(({ headers }) => headers.get('idempotency-key'));
const failing = () => inProcess(() => new Response(null, { status: 503 }));

describe('of a call', () => {
  test('true is one UUID for all its attempts, which makes any method repeatable', async () => {
    for (const method of ['POST', 'PATCH', 'PURGE']) {
      const transport = failing();
      const session = open({ transport, ...atOnce });
      const { attempts } = await session.request(url, { method, idempotencyKey: true });
      const keys = keysOf(transport);
      expect([attempts, new Set(keys).size]).toEqual([3, 1]);
      expect(keys[0]).toMatch(uuid);
    }
  });

  test('another call has another', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    for (let call = 0; call < 3; call++) await session.post(url, { idempotencyKey: true });
    expect(new Set(keysOf(transport)).size).toBe(3);
  });

  test('a text is sent as it is', async () => {
    const echo = await open()
      .post(sites().a.url('echo'), { idempotencyKey: 'order 7' })
      .json<JournalEntry>();
    expect(sent(echo, 'idempotency-key')).toBe('order 7');
  });

  test('a header of the call does the same', async () => {
    const transport = failing();
    const session = open({ transport, ...atOnce });
    const headers = { 'Idempotency-Key': 'order 7' };
    expect((await session.post(url, { headers })).attempts).toBe(3);
    expect(keysOf(transport)).toEqual(['order 7', 'order 7', 'order 7']);
  });

  test('errors of the network are repeated, too; a body that is sent once is not', async () => {
    let sendings = 0;
    const transport = {
      send: () => {
        sendings++;
        return Promise.reject(new TypeError('no network'));
      },
    };
    const session = open({ transport, ...atOnce });
    await rejection(session.post(url, { idempotencyKey: true, json: 1 }), NetworkError);
    expect(sendings).toBe(3);
    async function* once() {
      yield 'x';
      await Promise.resolve();
    }
    await rejection(session.post(url, { idempotencyKey: true, body: once() }), NetworkError);
    expect(sendings).toBe(4);
  });

  wireTest('is not sent to another origin, where it makes nothing repeatable', async () => {
    const transport = inProcess(({ url: { host } }) =>
      host === 'app.test'
        ? new Response(null, { status: 307, headers: { location: 'http://other.test/' } })
        : new Response(null, { status: 503 }),
    );
    const session = open({ transport, ...atOnce });
    expect((await session.post(url, { idempotencyKey: true, json: 1 })).attempts).toBe(1);
    expect(keysOf(transport)).toEqual([expect.stringMatching(uuid), null]);
  });

  test('must be true or a header value', async () => {
    for (const idempotencyKey of [false, '', 'a\nb: c', 7] as never[]) {
      const error = await rejection(open().post(url, { idempotencyKey }), InvalidRequestError);
      expect(error.message).toContain('idempotencyKey');
    }
  });
});

describe('of a session', () => {
  test('true gives a key to calls that nothing else makes repeatable', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport, idempotencyKey: true });
    for (const method of ['GET', 'PUT', 'DELETE', 'POST', 'PATCH'])
      await session.request(url, { method });
    await session.post(url, { headers: { 'idempotency-key': 'own' } });
    await session.post(url, { idempotencyKey: 'own' });
    await session.post(url, { idempotencyKey: null });
    const key: unknown = expect.stringMatching(uuid);
    expect(keysOf(transport)).toEqual([null, null, null, key, key, 'own', 'own', null]);
  });

  test('goes to its scope alone', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport, baseUrl: url, idempotencyKey: true });
    await session.post('x');
    await session.post('http://other.test/');
    expect(keysOf(transport)).toEqual([expect.stringMatching(uuid), null]);
  });

  test('can be no text, which would make all its calls one', () => {
    const options = { idempotencyKey: 'order 7' } as object;
    expect(thrown(() => open(options), InvalidRequestError).message).toContain('idempotencyKey');
  });
});

test('makes no identity of its own', async () => {
  const identities = new Set<object>();
  const watch: Middleware = (request, next) => {
    identities.add(request.identity);
    return next(request);
  };
  const session = open({ transport: inProcess(() => new Response()), idempotencyKey: true });
  session.use(watch);
  for (let call = 0; call < 3; call++) await session.post(url);
  expect(identities.size).toBe(1);
});
