import { HTTPError, NetworkError } from 'isosession';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { inBrowser, inProcess, open, rejection, reasonOf, sites } from '../../support/contract.ts';
import { answerWith, recordWaits } from './fake-time.ts';

afterEach(() => {
  vi.useRealTimers();
});

const atOnce = { delay: () => 0 };

describe('what is retried', () => {
  test('a GET that fails twice with 503 succeeds at the third attempt', async () => {
    const { a } = sites();
    const response = await open({ retry: atOnce }).get(a.url('flaky', { fails: 2, status: 503 }));
    expect([response.status, response.attempts]).toEqual([200, 3]);
    expect(await response.json()).toEqual({ request: 3 });
    expect(await a.requests()).toHaveLength(3);
  });

  test('after two retries the last response is returned and its body can be read', async () => {
    const { a } = sites();
    const response = await open({ retry: atOnce }).get(a.url('flaky', { fails: 9, status: 503 }));
    expect([response.status, response.attempts]).toEqual([503, 3]);
    expect(await response.text()).toBe('failure 3');
    expect(await a.requests()).toHaveLength(3);
  });

  test('asking for the data of the last failure is an HTTPError', async () => {
    const { a } = sites();
    const error = await rejection(
      open({ retry: atOnce })
        .get(a.url('flaky', { fails: 9, status: 502 }))
        .text(),
      HTTPError,
    );
    expect([error.status, error.response.attempts, error.data]).toEqual([502, 3, 'failure 3']);
    expect(await a.requests()).toHaveLength(3);
  });

  test('throwHttpErrors does not keep a failure from being retried', async () => {
    const { a } = sites();
    const session = open({ retry: atOnce, throwHttpErrors: true });
    expect(await session.get(a.url('flaky', { fails: 2 })).json()).toEqual({ request: 3 });
    expect(
      (await rejection(session.get(a.url('flaky', { key: 'x', fails: 9 })), HTTPError)).status,
    ).toBe(503);
  });

  test.each([408, 429, 500, 502, 503, 504])('%i is retried', async (code) => {
    const transport = inProcess(answerWith(code));
    await open({ retry: atOnce, transport }).get('http://app.test/');
    expect(transport.seen).toHaveLength(3);
  });

  test.each([
    200, 204, 304, 400, 401, 403, 404, 405, 409, 410, 413, 418, 421, 422, 425, 451, 501, 505, 507,
  ])('%i is not retried', async (code) => {
    const transport = inProcess(() => new Response(null, { status: code }));
    await open({ retry: atOnce, transport }).get('http://app.test/');
    expect(transport.seen).toHaveLength(1);
  });

  test('413 is retried when it comes with Retry-After', async () => {
    expect(await recordWaits({}, answerWith(413, { 'retry-after': '2' }))).toMatchObject({
      delays: [2000, 2000],
      attempts: 3,
    });
  });

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'QUERY'])(
    '%s is retried',
    async (method) => {
      const transport = inProcess(answerWith(503));
      await open({ retry: atOnce, transport }).request('http://app.test/', { method });
      expect(transport.seen.map((request) => request.method)).toEqual([method, method, method]);
    },
  );

  test.each(['POST', 'PATCH', 'PROPFIND'])('%s is not retried', async (method) => {
    const transport = inProcess(answerWith(503));
    await open({ retry: atOnce, transport }).request('http://app.test/', { method });
    expect(transport.seen).toHaveLength(1);
  });

  test('a status below 400 that is named is repeated, too', async () => {
    const transport = inProcess(
      (_request, count) => new Response(null, { status: count < 3 ? 202 : 200 }),
    );
    const response = await open({ retry: { ...atOnce, statusCodes: [202] }, transport }).get(
      'http://app.test/',
    );
    expect([response.status, response.attempts]).toEqual([200, 3]);
  });

  test('methods and statusCodes replace the lists, whatever the letter case', async () => {
    const transport = inProcess(answerWith(418));
    const session = open({
      retry: { ...atOnce, methods: ['post'], statusCodes: [418] },
      transport,
    });
    await session.post('http://app.test/', { json: 1 });
    expect(transport.seen).toHaveLength(3);
    await session.get('http://app.test/');
    expect(transport.seen).toHaveLength(4);
  });

  test('a network error is retried for a GET and not for a POST', async () => {
    const { a } = sites();
    const session = open({ retry: atOnce });
    expect(
      (await session.get(a.url('flaky', { status: 'reset', fails: 2, key: 'get' }))).status,
    ).toBe(200);
    // Node knows a fresh connection from a reused one, so the POST must meet a fresh one to fail.
    const retries: unknown[] = [];
    const other = open({
      retry: atOnce,
      hooks: { beforeRetry: [(state) => void retries.push(state)] },
    });
    await rejection(
      other.post(a.url('flaky', { status: 'reset', fails: 99, key: 'post' })),
      NetworkError,
    );
    expect(retries).toEqual([]);
    // A browser sends a request again by itself when its kept connection turns out to be closed.
    if (!inBrowser)
      expect((await a.requests()).filter((entry) => entry.search.includes('post'))).toHaveLength(1);
  });

  test('when every attempt fails the last error is thrown', async () => {
    let count = 0;
    const session = open({
      retry: atOnce,
      transport: { send: () => Promise.reject(new NetworkError(`failure ${++count}`)) },
    });
    expect((await rejection(session.get('http://app.test/'), NetworkError)).message).toContain(
      'failure 3',
    );
    expect(count).toBe(3);
  });

  test('nothing is retried while the machine is offline', async () => {
    const transport = inProcess(() => Promise.reject(new NetworkError('offline')));
    if (inBrowser) {
      Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
      onTestFinished(() => void Reflect.deleteProperty(navigator, 'onLine'));
    } else {
      vi.stubGlobal('navigator', { onLine: false });
      onTestFinished(() => void vi.unstubAllGlobals());
    }
    await rejection(open({ retry: atOnce, transport }).get('http://app.test/'), NetworkError);
    expect(transport.seen).toHaveLength(1);
  });

  test('a one-shot stream is sent once and the response of that one attempt returned', async () => {
    const transport = inProcess(async (request) => {
      if (request.body && typeof request.body === 'object' && Symbol.asyncIterator in request.body)
        for await (const chunk of request.body) expect(chunk).toBeDefined();
      return new Response('busy', { status: 503 });
    });
    const session = open({ retry: atOnce, transport });
    async function* pieces() {
      yield 'one';
      await Promise.resolve();
    }
    for (const body of [new Blob(['x']).stream(), pieces()]) {
      const response = await session.put('http://app.test/', { body });
      expect([response.status, response.attempts]).toEqual([503, 1]);
    }
    expect(transport.seen).toHaveLength(2);
  });

  test('no error other than a network error is retried', async () => {
    const reason = new Error('thrown by a middleware');
    const transport = inProcess(() => new Response());
    const session = open({ retry: atOnce, transport, auth: () => Promise.reject(reason) });
    expect(await reasonOf(session.get('http://app.test/'))).toBe(reason);
    expect(transport.seen).toHaveLength(0);
  });
});
