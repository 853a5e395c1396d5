import { bearer, NetworkError, type RetryOptions, Session } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inNode, inProcess, open, rejection, sent, sites } from '../../support/contract.ts';
import { answerWith } from './fake-time.ts';

const atOnce = { delay: () => 0 };

describe('how often', () => {
  test.each<[number | false | RetryOptions | undefined, number]>([
    [0, 1],
    [false, 1],
    [1, 2],
    [5, 6],
    [{ limit: 3 }, 4],
    [{ limit: 0 }, 1],
    [undefined, 3],
  ])('retry: %o makes %i attempts', async (retry, attempts) => {
    const transport = inProcess(answerWith(503));
    const session = open({ transport, retry: atOnce });
    const response = await session.get('http://app.test/', {
      retry: typeof retry === 'number' && retry > 0 ? { limit: retry } : retry,
    });
    expect([response.attempts, transport.seen.length]).toEqual([attempts, attempts]);
  });

  test("the settings of a call combine with the session's by key", async () => {
    const transport = inProcess(answerWith(418));
    const session = open({ transport, retry: { limit: 1, statusCodes: [418], ...atOnce } });
    await session.get('http://app.test/', { retry: { limit: 4 } });
    expect(transport.seen).toHaveLength(5);
    await session.get('http://app.test/', { retry: { statusCodes: [500] } });
    expect(transport.seen).toHaveLength(6);
  });

  test('session.retry is live, and reads back whole and frozen', async () => {
    const transport = inProcess(answerWith(503));
    const session = open({ transport });
    expect(session.retry).toMatchObject({ limit: 2 });
    session.retry = 0;
    await session.get('http://app.test/');
    expect(transport.seen).toHaveLength(1);
    session.retry = { limit: 1, ...atOnce };
    expect(session.retry).toMatchObject({
      limit: 1,
      statusCodes: [408, 413, 429, 500, 502, 503, 504],
    });
    expect(Object.isFrozen(session.retry)).toBe(true);
    await session.get('http://app.test/');
    expect(transport.seen).toHaveLength(3);
  });

  test.each(['methods', 'statusCodes', 'afterStatusCodes'] as const)(
    'its %s cannot be changed in place, which would change those of every session',
    (name) => {
      for (const retry of [
        undefined,
        { methods: ['post'], statusCodes: [503], afterStatusCodes: [503] },
      ]) {
        const {
          retry: { [name]: list },
        } = open({ retry });
        expect(() => (list as unknown[]).push(1)).toThrow(TypeError);
      }
    },
  );

  test('nor can what a middleware sees of the options', async () => {
    const session = open({ transport: inProcess(() => new Response()) });
    session.use((request, next) => {
      (request.options.keepHeaders as string[]).push('authorization');
      return next(request);
    });
    await rejection(session.get('http://app.test/'), TypeError);
  });
});

describe('shouldRetry', () => {
  test('has the last word, in both directions', async () => {
    const transport = inProcess(answerWith(503));
    const session = open({ transport, retry: { ...atOnce, shouldRetry: () => false } });
    await session.get('http://app.test/');
    expect(transport.seen).toHaveLength(1);
    const fine = inProcess(answerWith(200));
    await open({
      transport: fine,
      retry: { ...atOnce, shouldRetry: () => Promise.resolve(true) },
    }).get('http://app.test/');
    expect(fine.seen).toHaveLength(3);
  });

  test('sees response, error and attempt; undefined leaves the default', async () => {
    const states: unknown[] = [];
    const failure = new NetworkError('no');
    const transport = inProcess((_, count) =>
      count === 1 ? new Response('x', { status: 503 }) : Promise.reject(failure),
    );
    const session = open({
      transport,
      retry: {
        ...atOnce,
        shouldRetry: ({ response, error, attempt }) =>
          void states.push([
            response?.status,
            (error as Error | undefined)?.message,
            attempt,
          ]) as undefined,
      },
    });
    await rejection(session.get('http://app.test/'), NetworkError);
    expect(transport.seen).toHaveLength(3);
    expect(states.slice(0, 2)).toEqual([
      [503, undefined, 1],
      [undefined, 'no', 2],
    ]);
  });

  test('may read the body of the response', async () => {
    const { a } = sites();
    const session = open({
      retry: {
        ...atOnce,
        shouldRetry: async ({ response }) => (await response?.clone().text()) === 'failure 1',
      },
    });
    const response = await session.get(a.url('flaky', { fails: 9 }));
    expect([response.attempts, await response.text()]).toEqual([2, 'failure 2']);
  });
});

describe('each attempt', () => {
  test('reads the token that is current then', async () => {
    const { a } = sites();
    let token = 0;
    await open({ retry: atOnce, auth: bearer(() => `t${++token}`) }).get(
      a.url('flaky', { fails: 2 }),
    );
    expect((await a.requests()).map((entry) => sent(entry, 'authorization'))).toEqual([
      'Bearer t1',
      'Bearer t2',
      'Bearer t3',
    ]);
  });

  test('starts again from the first URL of a redirect', async () => {
    const { a } = sites();
    const response = await open({ retry: atOnce }).get(a.url('redirect', { to: 'flaky?fails=1' }));
    expect(response.attempts).toBe(2);
    expect((await a.requests()).map((entry) => entry.route)).toEqual([
      'redirect',
      'flaky',
      'redirect',
      'flaky',
    ]);
  });

  test("a failed attempt's body does not hold its connection", async () => {
    const { a } = sites();
    const session = open({ retry: { ...atOnce, limit: 20 } });
    expect((await session.get(a.url('flaky', { fails: 20 }))).attempts).toBe(21);
    // Where the next attempt starts before the last body has come, that one is drained on a
    // connection of its own.
    if (inNode)
      expect(new Set((await a.requests()).map((entry) => entry.socket)).size).toBeLessThanOrEqual(
        3,
      );
  });

  test('middleware sees one call, whatever the attempts', async () => {
    const { a } = sites();
    const seen: number[] = [];
    const session = new Session({ retry: atOnce });
    onTestFinished(() => session.close());
    session.use(async (request, next) => {
      const response = await next(request);
      seen.push(response.status);
      return response;
    });
    await session.get(a.url('flaky', { fails: 2 }));
    expect(seen).toEqual([200]);
  });

  test('concurrent calls retry on their own', async () => {
    const { a } = sites();
    const session = open({ retry: atOnce });
    const responses = await Promise.all(
      Array.from({ length: 8 }, (_, key) => session.get(a.url('flaky', { key, fails: key % 3 }))),
    );
    expect(responses.map((response) => response.attempts)).toEqual([1, 2, 3, 1, 2, 3, 1, 2]);
  });
});
