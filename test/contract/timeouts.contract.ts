import {
  bearer,
  type BodyOption,
  InvalidRequestError,
  NetworkError,
  type RequestOptions,
  type Session,
  type SessionResponse,
  TimeoutError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inProcess,
  inProduction,
  open,
  reasonOf,
  rejection,
  sites,
  thrown,
} from '../support/contract.ts';

/**
 * Lets some ms pass, by a request that nobody answers. On a slow machine it takes longer, which
 * makes no test fail.
 */
async function letPass(ms: number): Promise<void> {
  const { b } = sites();
  await rejection(open({ timeout: { response: ms }, retry: 0 }).get(b.url('never')), TimeoutError);
}

async function drain(response: SessionResponse): Promise<void> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  while (!(await reader.read()).done);
}

describe('response', () => {
  test('a server that does not answer is a TimeoutError of that phase', async () => {
    const { a } = sites();
    const error = await rejection(
      open({ retry: 0 }).get(a.url('never'), { timeout: { response: 50 } }),
      TimeoutError,
    );
    expect(error).toMatchObject({
      name: 'TimeoutError',
      code: 'ERR_TIMEOUT',
      phase: 'response',
      timeout: 50,
    });
    expect(error.request).toMatchObject({ method: 'GET', url: a.url('never') });
    expect(error.message).toContain('50');
  });

  const most = 2 ** 16;
  const uploads: { body: BodyOption; timeout?: RequestOptions['timeout']; isTimed: boolean }[] = [
    { body: 'x'.repeat(most), isTimed: true },
    { body: 'x'.repeat(most + 1), isTimed: false },
    { body: 'x'.repeat(most + 1), timeout: { total: 60_000 }, isTimed: false },
    { body: 'x'.repeat(most + 1), timeout: { response: 50 }, isTimed: true },
    { body: [new Uint8Array(1)], isTimed: false },
    { body: [new Uint8Array(1)], timeout: 50, isTimed: true },
  ];
  test.each(uploads)(
    'of an upload of $body.length by a transport, timed: $isTimed',
    async (row) => {
      const { body, timeout, isTimed } = row;
      const transport = inProcess(() => letPass(200).then(() => new Response()));
      const session = open({ transport, timeout: { response: 50 } });
      const call = session.post('http://app.test/', { body, timeout });
      if (isTimed) expect((await rejection(call, TimeoutError)).phase).toBe('response');
      else expect((await call).status).toBe(200);
    },
  );

  test('the connection is given up', async () => {
    const { a } = sites();
    await rejection(
      open({ retry: 0 }).get(a.url('never'), { timeout: { response: 500 } }),
      TimeoutError,
    );
    expect((await a.requests({ aborted: 1 }))[0]?.end).toBe('aborted');
  });

  test('it ends with the headers: a slow body is another matter', async () => {
    const { a } = sites();
    const response = await open().get(a.url('gated', { first: 'x', rest: 'y', key: 'k' }), {
      timeout: { response: 500 },
    });
    const text = response.text();
    await letPass(600);
    await a.release('k');
    expect(await text).toBe('xy');
  });

  test('it goes on over redirects until the final headers', async () => {
    const { a } = sites();
    const error = await rejection(
      open({ retry: 0 }).get(a.url('redirect', { to: 'never' }), { timeout: { response: 80 } }),
      TimeoutError,
    );
    expect(error.phase).toBe('response');
  });

  test('it does not count the time that an auth takes to find its token', async () => {
    const { a } = sites();
    const auth = bearer(async () => {
      await letPass(600);
      return 'token';
    });
    expect(
      (await open({ auth, retry: 0 }).get(a.url('echo'), { timeout: { response: 500 } })).status,
    ).toBe(200);
  });

  test('it holds for a transport that never settles', async () => {
    const session = open({
      transport: { send: () => new Promise(() => {}) },
      retry: 0,
      timeout: { response: 50 },
    });
    expect((await rejection(session.get('http://app.test/'), TimeoutError)).phase).toBe('response');
  });
});

describe('body', () => {
  test('a body that stops coming is a TimeoutError of that phase, however it is read', async () => {
    const { a } = sites();
    const session = open({ timeout: { body: 60 }, retry: 0 });
    const url = a.url('gated', { first: 'part', key: 'never' });
    for (const read of [
      () => session.get(url).text(),
      async () => drain(await session.get(url)),
      async () => (await session.get(url)).clone().text(),
    ]) {
      expect(await rejection(read(), TimeoutError)).toMatchObject({ phase: 'body', timeout: 60 });
    }
  });

  test('a body that keeps coming is not cut', async () => {
    const { a } = sites();
    const response = await open({ timeout: { body: 500 } }).get(a.url('drip', { ms: 20 }));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let bytes = 0;
    while (bytes < 50) bytes += (await reader.read()).value?.length ?? 0;
    expect(bytes).toBeGreaterThanOrEqual(50);
    await reader.cancel();
  });

  test('nothing is lost while nobody reads', async () => {
    const { a } = sites();
    const response = await open({ timeout: { body: 40 } }).get(
      a.url('gated', { first: 'x', rest: 'y', key: 'k' }),
    );
    await letPass(150);
    await a.release('k');
    expect(await response.text()).toBe('xy');
  });
});

describe('total', () => {
  test('a body that drips for ever ends at the deadline, however it is read', async () => {
    const { a } = sites();
    const session = open({ timeout: { total: 120 }, retry: 0 });
    const url = a.url('drip', { ms: 10 });
    const reads = [
      () => session.get(url).text(),
      async () => drain(await session.get(url)),
      async () => {
        for await (const line of session.get(url).lines()) expect(line).toBeDefined();
      },
    ];
    for (const read of reads)
      expect(await rejection(read(), TimeoutError)).toMatchObject({ phase: 'total', timeout: 120 });
  });

  test('it ends the wait for headers too', async () => {
    const { a } = sites();
    expect(
      (await rejection(open().get(a.url('never'), { timeout: { total: 60 } }), TimeoutError)).phase,
    ).toBe('total');
  });

  test('it spans all attempts', async () => {
    const { a } = sites();
    const session = open({
      retry: { limit: 1000, delay: () => 0, retryOnTimeout: true },
      timeout: { response: 300, total: 1000 },
    });
    const error = await rejection(session.get(a.url('never')), TimeoutError);
    expect(['total', 'response']).toContain(error.phase);
    const { length } = await a.requests();
    expect(length).toBeGreaterThan(1);
    expect(length).toBeLessThanOrEqual(5);
  });

  test('it does not fire after the last byte was read', async () => {
    const { a } = sites();
    const response = await open({ timeout: { total: 500 } }).get(a.url('reply', { text: 'done' }));
    const text = response.text();
    expect(await text).toBe('done');
    await letPass(600);
    expect(await text).toBe('done');
  });

  const never = () => new Promise<never>(() => {});
  const dawdlers: { name: string; arm: (session: Session) => void }[] = [
    { name: 'an auth', arm: (session) => (session.auth = never) },
    { name: 'a token', arm: (session) => (session.auth = bearer(never)) },
    { name: 'a middleware', arm: (session) => session.use(never) },
    {
      name: 'a middleware after the response',
      arm: (session) => session.use((request, next) => next(request).then(never)),
    },
    { name: 'a transport', arm: (session) => session.mount('http://app.test', { send: never }) },
  ];
  for (const { name, arm } of dawdlers) {
    test(`it ends the call while ${name} dawdles`, async () => {
      const session = open({ timeout: { total: 60 }, transport: inProcess(() => new Response()) });
      arm(session);
      expect((await rejection(session.get('http://app.test/'), TimeoutError)).phase).toBe('total');
    });
  }

  test.each(['beforeRequest', 'afterResponse'] as const)(
    'it ends the call while a %s hook dawdles',
    async (name) => {
      const session = open({
        timeout: { total: 60 },
        transport: inProcess(() => new Response()),
        hooks: { [name]: [never] },
      });
      expect((await rejection(session.get('http://app.test/'), TimeoutError)).phase).toBe('total');
    },
  );
});

describe('retries', () => {
  test('a response timeout is not retried by default', async () => {
    const { a } = sites();
    await rejection(
      open({ retry: { delay: () => 0 }, timeout: { response: 500 } }).get(a.url('never')),
      TimeoutError,
    );
    expect(await a.requests()).toHaveLength(1);
  });

  test('retryOnTimeout repeats it, each attempt with a time of its own', async () => {
    const { a } = sites();
    const session = open({
      retry: { delay: () => 0, retryOnTimeout: true },
      timeout: { response: 500 },
    });
    expect((await rejection(session.get(a.url('never')), TimeoutError)).phase).toBe('response');
    expect(await a.requests({ aborted: 3 })).toHaveLength(3);
  });
});

describe('settings', () => {
  const rows: { timeout: RequestOptions['timeout']; wanted: Record<string, unknown> }[] = [
    { timeout: undefined, wanted: { connect: 10_000, response: 120_000, body: 30_000 } },
    { timeout: 5000, wanted: { connect: 5000, response: 5000, body: 5000 } },
    { timeout: 15_000, wanted: { connect: 10_000, response: 15_000, body: 15_000 } },
    { timeout: false, wanted: { connect: false, response: false, body: false } },
    { timeout: { body: 7 }, wanted: { connect: 10_000, response: 120_000, body: 7 } },
    {
      timeout: { response: false, total: 9 },
      wanted: { connect: 10_000, response: false, body: 30_000, total: 9 },
    },
  ];
  for (const { timeout, wanted } of rows) {
    test(`timeout: ${JSON.stringify(timeout)} reads back as ${JSON.stringify(wanted)}`, () => {
      const session = open({ timeout });
      expect(session.timeout).toMatchObject(wanted);
      expect(Object.isFrozen(session.timeout)).toBe(true);
    });
  }

  test('session.timeout is live', async () => {
    const { a } = sites();
    const session = open({ retry: 0 });
    session.timeout = { response: 40 };
    expect((await rejection(session.get(a.url('never')), TimeoutError)).timeout).toBe(40);
  });

  test('a number is one of each phase, and a call combines with the session by phase', async () => {
    const { a } = sites();
    const session = open({ retry: 0, timeout: 300 });
    expect(await rejection(session.get(a.url('never')), TimeoutError)).toMatchObject({
      phase: 'response',
      timeout: 300,
    });
    // Firefox hands over no response before the first byte of its body.
    expect(
      await rejection(
        session.get(a.url('gated', { first: 'x' }), { timeout: { response: false } }).text(),
        TimeoutError,
      ),
    ).toMatchObject({ phase: 'body', timeout: 300 });
    expect(
      await rejection(session.get(a.url('never'), { timeout: { body: 1 } }), TimeoutError),
    ).toMatchObject({ phase: 'response', timeout: 300 });
    expect(
      await rejection(session.get(a.url('never'), { timeout: { response: 30 } }), TimeoutError),
    ).toMatchObject({ timeout: 30 });
  });

  const wrong = [-1, NaN, true, { response: '5' }, { response: -1 }, { body: NaN }];
  test.each(['5', { reponse: 5 }, ...(inProduction ? [] : wrong)])(
    'timeout: %j is refused, by a call and by a session',
    async (timeout) => {
      const transport = inProcess(() => new Response());
      await rejection(
        open({ transport }).get('http://app.test/', { timeout: timeout as never }),
        InvalidRequestError,
      );
      expect(transport.seen).toEqual([]);
      thrown(() => open({ timeout: timeout as never }), InvalidRequestError);
      const session = open();
      thrown(() => (session.timeout = timeout as never), InvalidRequestError);
      expect(session.timeout).toMatchObject({ response: 120_000 });
    },
  );

  test('a TimeoutError is no NetworkError, and AbortSignal.timeout is neither', async () => {
    const { a } = sites();
    const session = open({ retry: 0 });
    const ours = await rejection(
      session.get(a.url('never'), { timeout: { response: 40 } }),
      TimeoutError,
    );
    expect(ours).not.toBeInstanceOf(NetworkError);
    const signal = AbortSignal.timeout(40);
    const theirs = await reasonOf(session.get(a.url('never'), { signal }));
    expect(theirs).toBe(signal.reason);
    expect(theirs).not.toBeInstanceOf(TimeoutError);
  });
});
