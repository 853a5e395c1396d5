import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, open, rejection, sent, sites } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

describe('verbs', () => {
  test.each(['get', 'post', 'put', 'patch', 'delete', 'options', 'query'] as const)(
    'session.%s sends its own method',
    async (verb) => {
      const { a } = sites();
      const echo = await open({ baseUrl: a.base })[verb]('echo').json<JournalEntry>();
      expect(echo.method).toBe(verb.toUpperCase());
      expect(echo.body).toBe('');
    },
  );

  test('session.query sends what it asks for as its body, and is retried', async () => {
    const transport = inProcess(
      (_, count) => new Response(null, { status: count > 1 ? 200 : 503 }),
    );
    const session = open({ transport, retry: { delay: () => 0 } });
    const response = await session.query('http://app.test/', { json: { tag: 'tea' } });
    expect([response.status, response.attempts]).toEqual([200, 2]);
    expect(transport.seen.map(({ method, body }) => [method, body])).toEqual([
      ['QUERY', '{"tag":"tea"}'],
      ['QUERY', '{"tag":"tea"}'],
    ]);
  });

  test('session.head sends HEAD and its response has no body', async () => {
    const { a } = sites();
    const response = await open({ baseUrl: a.base }).head('bytes?n=10');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('10');
    expect(await response.text()).toBe('');
    expect((await a.request()).method).toBe('HEAD');
  });

  test.each(['get', 'post', 'patch', 'query', 'Delete'])(
    'session.request writes the method %s in capitals',
    async (method) => {
      const { a } = sites();
      const echo = await open({ baseUrl: a.base }).request('echo', { method }).json<JournalEntry>();
      expect(echo.method).toBe(method.toUpperCase());
    },
  );

  test('session.request without a method is a GET', async () => {
    const { a } = sites();
    expect((await open().request(a.url('echo')).json<JournalEntry>()).method).toBe('GET');
  });

  test('session.request sends a method of other standards as it is', async () => {
    const { a } = sites();
    expect(
      (await open().request(a.url('echo'), { method: 'PROPFIND' }).json<JournalEntry>()).method,
    ).toBe('PROPFIND');
  });

  test.each(['', 'GE T', 'GET\r\nx: 1', 'G{T'])(
    'the method %j is refused before anything is sent',
    async (method) => {
      const { a } = sites();
      await rejection(open().request(a.url('echo'), { method }), InvalidRequestError);
      expect(await a.requests()).toEqual([]);
    },
  );

  test('an empty POST says that its body has no bytes', async () => {
    const { a } = sites();
    await open().post(a.url('echo'));
    expect(sent(await a.request(), 'content-length')).toBe('0');
  });

  test('a call starts one microtask later, never at once', async () => {
    const transport = inProcess(() => new Response('ok'));
    const call = open({ transport }).get('http://app.test/');
    expect(transport.seen).toHaveLength(0);
    await call;
    expect(transport.seen).toHaveLength(1);
  });

  test('a URL object and a Request are inputs like a string', async () => {
    const { a } = sites();
    const session = open();
    await session.get(new URL(a.url('echo', { n: 1 })));
    await session.request(
      new Request(a.url('echo', { n: 2 }), {
        method: 'POST',
        headers: { 'x-from': 'request' },
        body: 'posted',
      }),
    );
    const [first, second] = await a.requests();
    expect(first).toMatchObject({ method: 'GET', search: '?n=1' });
    expect(second).toMatchObject({ method: 'POST', search: '?n=2', body: 'posted' });
    expect(sent(second as JournalEntry, 'x-from')).toBe('request');
  });

  test('options override what a Request says', async () => {
    const { a } = sites();
    const request = new Request(a.url('echo'), {
      method: 'POST',
      headers: { 'x-one': 'request', 'x-two': 'request' },
      body: 'request',
    });
    const echo = await open()
      .request(request, { method: 'PUT', headers: { 'x-two': 'options' }, body: 'options' })
      .json<JournalEntry>();
    expect(echo).toMatchObject({ method: 'PUT', body: 'options' });
    expect([sent(echo, 'x-one'), sent(echo, 'x-two')]).toEqual(['request', 'options']);
  });

  test('a verb goes before the method of the Request it is given', async () => {
    const { a } = sites();
    const echo = await open()
      .put(new Request(a.url('echo'), { method: 'POST', body: 'x' }))
      .json<JournalEntry>();
    expect(echo).toMatchObject({ method: 'PUT', body: 'x' });
  });
});

describe('what belongs to the caller', () => {
  test('options are not changed, however deeply frozen', async () => {
    const { a } = sites();
    const headers = new Headers({ 'x-mine': '1' });
    const searchParams = new URLSearchParams('q=1');
    const url = new URL(a.url('echo', { own: 1 }));
    const options = Object.freeze({
      headers,
      searchParams,
      json: Object.freeze({ a: 1 }),
      retry: Object.freeze({ limit: 1 }),
      timeout: Object.freeze({ total: 60_000 }),
      context: Object.freeze({ id: 1 }),
    });
    await open({ headers: { 'x-theirs': '2' } }).post(url, options);
    expect([...headers]).toEqual([['x-mine', '1']]);
    expect(searchParams.toString()).toBe('q=1');
    expect(url.href).toBe(a.url('echo', { own: 1 }));
  });

  test('a Headers object used for many calls stays what it was', async () => {
    const { a } = sites();
    const headers = new Headers({ 'x-mine': '1' });
    const session = open({ baseUrl: a.base });
    for (let call = 0; call < 3; call++) await session.post('echo', { headers, json: call });
    expect([...headers]).toEqual([['x-mine', '1']]);
  });

  test('the options of a call do not reach the next one', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    await session.post('echo', { headers: { 'x-once': '1' }, searchParams: { once: 1 }, json: {} });
    const echo = await session.post('echo').json<JournalEntry>();
    expect(echo).toMatchObject({ search: '', bytes: 0 });
    expect([sent(echo, 'x-once'), sent(echo, 'content-type')]).toEqual([undefined, undefined]);
  });
});
