/** The calls behind a stream of events: when there is another one, and what it carries. */
import {
  bearer,
  eventStream,
  type EventStreamOptions,
  InvalidRequestError,
  NetworkError,
  type Session,
  SessionClosedError,
  TimeoutError,
} from 'isosession';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  deferred,
  inProcess,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  wireTest,
} from '../../support/contract.ts';
import { all, answers, askedAfter, over, streamOf, url, withoutWaits } from './event-source.ts';

const broken = (): Response => {
  throw new TypeError('fetch failed');
};
const event = (id: string): string => `id: ${id}\ndata: ${id}\n\n`;
const post: EventStreamOptions = { method: 'POST', json: { ask: 'all' } };

describe('F63: a stream is asked for again', () => {
  test('after it has ended, and after it has broken off', async () => {
    withoutWaits();
    const transport = answers(
      () => streamOf(event('1')),
      () => streamOf(event('2'), 'break'),
      () => streamOf(event('3')),
    );
    expect((await all(over(transport))).map(({ data }) => data)).toEqual(['1', '2', '3']);
    expect(askedAfter(transport)).toEqual([null, '1', '2', '3']);
  });

  test('after a connection that was not made, the first one, too', async () => {
    withoutWaits();
    const transport = answers(broken, () => streamOf(event('1')), broken, broken);
    expect(await all(over(transport))).toHaveLength(1);
    expect(transport.seen).toHaveLength(5);
  });

  test('after the time of a body in which no byte came', async () => {
    const transport = answers(() => streamOf('retry: 0\n', 'open'));
    expect(await all(over(transport), { timeout: { body: 10 } })).toEqual([]);
    expect(transport.seen).toHaveLength(2);
  });

  test('without the headers of the session, where the call says so', async () => {
    const transport = answers();
    const session = open({ transport, timeout: false, headers: { 'x-api': 'key' } });
    await all(session, { headers: null, lastEventId: '7' });
    const [request] = transport.seen;
    expect(request?.headers.get('x-api')).toBe(null);
    expect(request?.headers.get('accept')).toBe('text/event-stream');
    expect(request?.headers.get('last-event-id')).toBe('7');
  });

  test('after an ID that an earlier one has given', async () => {
    const transport = answers();
    await all(over(transport), { lastEventId: 'ä' });
    expect(askedAfter(transport)).toEqual(['\xc3\xa4']);
  });
});

describe('a POST is sent again', () => {
  test('with its body after the last ID, where its stream broke', async () => {
    withoutWaits();
    const transport = answers(() => streamOf(event('1'), 'break'));
    expect(await all(over(transport), post)).toHaveLength(1);
    expect(transport.seen.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"ask":"all"}'],
      ['POST', '{"ask":"all"}'],
    ]);
    expect(askedAfter(transport)).toEqual([null, '1']);
  });

  test('not without an ID: the error is thrown', async () => {
    for (const answer of [broken, () => streamOf('data: a\n\n', 'break')]) {
      const transport = answers(answer, answer);
      await rejection(all(over(transport), post), NetworkError);
      await rejection(all(over(transport), { ...post, lastEventId: 'a' }), NetworkError);
      expect(transport.seen).toHaveLength(2);
    }
  });

  test('not after a stream that the server has ended', async () => {
    const transport = answers(() => streamOf(event('1')));
    expect(await all(over(transport), post)).toHaveLength(1);
    expect(transport.seen).toHaveLength(1);
  });

  test('not with a stream as its body, but with one that a function makes', async () => {
    withoutWaits();
    async function* chunks(): AsyncGenerator<string> {
      yield 'x';
    }
    for (const [body, count] of [
      [chunks(), 1],
      [chunks, 2],
    ] as const) {
      const transport = answers(() => streamOf(event('1'), 'break'));
      const call = all(over(transport), { method: 'POST', body });
      if (count === 1) await rejection(call, NetworkError);
      else await call;
      expect(transport.seen).toHaveLength(count);
    }
  });
});

describe('limit', () => {
  const record = (attempts: number[]): EventStreamOptions => ({
    onReconnect: ({ attempt }) => void attempts.push(attempt),
  });

  test('ends what the server has ended, and throws what was an error', async () => {
    withoutWaits();
    const transport = answers(() => streamOf(event('1')));
    expect(await all(over(transport), { limit: 0 })).toHaveLength(1);
    const attempts: number[] = [];
    await rejection(all(over(inProcess(broken)), { limit: 3, ...record(attempts) }), NetworkError);
    expect(attempts).toEqual([1, 2, 3]);
  });

  test('counts attempts in a row', async () => {
    withoutWaits();
    const attempts: number[] = [];
    const transport = answers(broken, () => streamOf(event('1')), broken, broken);
    await all(over(transport), { limit: 3, ...record(attempts) });
    expect(attempts).toEqual([1, 1, 2, 3]);
  });

  test('must be a count', async () => {
    await rejection(all(over(answers()), { limit: -1 }), InvalidRequestError);
  });
});

test('waits grow from one attempt in a row to the next, up to a minute', async () => {
  withoutWaits();
  const delays: number[] = [];
  await rejection(
    all(over(inProcess(broken)), {
      limit: 9,
      onReconnect: ({ delay }) => void delays.push(delay),
    }),
    NetworkError,
  );
  expect(delays[0]).toBe(3_000);
  delays.forEach((delay, i) => {
    expect(delay).toBeGreaterThanOrEqual(3_000);
    expect(delay).toBeLessThanOrEqual(Math.min(3_000 * 2 ** i, 60_000));
  });
});

test.each([0, 1])('they grow after a `retry: %i`, too', async (retry) => {
  withoutWaits();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  onTestFinished(() => void vi.restoreAllMocks());
  const delays: number[] = [];
  const transport = inProcess((_, count) =>
    count === 1 ? streamOf(`retry: ${retry}\n\n`) : broken(),
  );
  const call = all(over(transport), {
    limit: 9,
    onReconnect: ({ delay }) => void delays.push(Math.round(delay)),
  });
  await rejection(call, NetworkError);
  expect(delays.slice(0, 4)).toEqual(
    [retry, 1_000, 2_000, 4_000].map((ms, i) => ms + (i && retry)),
  );
  expect(delays[8]).toBeLessThanOrEqual(60_000);
});

describe('the callbacks', () => {
  test('tell each stream that opens, and each wait', async () => {
    withoutWaits();
    const told: string[] = [];
    await all(over(answers(() => streamOf(`retry: 7\n\n${event('1')}`), broken)), {
      onOpen: ({ status }) => void told.push(`open ${status}`),
      onReconnect: ({ delay, attempt }) =>
        void told.push(attempt === 1 ? `wait ${delay}` : 'again'),
    });
    expect(told).toEqual(['open 200', 'wait 7', 'again']);
  });

  test('end the iteration by what they throw', async () => {
    withoutWaits();
    const reason = new NetworkError('mine');
    const fail = (): void => {
      throw reason;
    };
    const transport = answers(() => streamOf(event('1')));
    expect(await reasonOf(all(over(transport), { onOpen: fail }))).toBe(reason);
    expect(await reasonOf(all(over(inProcess(broken)), { onReconnect: fail }))).toBe(reason);
    expect(transport.seen).toHaveLength(1);
  });

  test('leave no exchange behind by it', async () => {
    const { a } = sites();
    const reason = new Error('mine');
    const query = { first: event('1'), type: 'text/event-stream' };
    const events = eventStream(open(), a.url('gated', query), {
      onOpen: () => {
        throw reason;
      },
    });
    expect(await reasonOf(events.next())).toBe(reason);
    expect((await a.requests({ aborted: 1 }))[0]?.end).toBe('aborted');
  });
});

describe('a stream ends', () => {
  test('with the reason of its signal, while it is read and while it waits', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const reading = eventStream(over(answers(() => streamOf(event('1'), 'open'))), url, {
      signal: controller.signal,
    });
    await reading.next();
    const read = reasonOf(reading.next());
    const waiting = reasonOf(
      all(over(inProcess(broken)), {
        signal: controller.signal,
        onReconnect: () => controller.abort(reason),
      }),
    );
    expect(await read).toBe(reason);
    expect(await waiting).toBe(reason);
  });

  test('with the total timeout, and with its session', async () => {
    const transport = answers(() => streamOf(event('1'), 'open'));
    const error = await rejection(all(over(transport), { timeout: { total: 10 } }), TimeoutError);
    expect(error.phase).toBe('total');
    expect(transport.seen).toHaveLength(1);
  });

  test('with its session, before it waits and while it does', async () => {
    const reason = new Error('over');
    const ends: [(session: Session) => Promise<void>, (error: unknown) => void][] = [
      [(session) => session.close(), (error) => expect(error).toBeInstanceOf(SessionClosedError)],
      [(session) => session.destroy(reason), (error) => expect(error).toBe(reason)],
    ];
    for (const [end, check] of ends)
      for (const isEarly of [true, false]) {
        const transport = answers(() => streamOf('retry: 600000\n\n'));
        const session = over(transport);
        const waits = deferred();
        const onReconnect = async (): Promise<void> => {
          if (isEarly) await end(session);
          waits.resolve();
        };
        const call = reasonOf(all(session, { onReconnect }));
        await waits.promise;
        await new Promise((resolve) => setTimeout(resolve));
        if (!isEarly) await end(session);
        check(await call);
        expect(transport.seen).toHaveLength(1);
      }
  });

  test('when the loop is left, and its exchange with it', async () => {
    const { a } = sites();
    const query = { first: event('1'), type: 'text/event-stream' };
    for await (const { data } of eventStream(open(), a.url('gated', query))) {
      expect(data).toBe('1');
      break;
    }
    expect((await a.requests({ aborted: 1 }))[0]?.end).toBe('aborted');
  });
});

describe('each call', () => {
  wireTest('has the cookies and the credentials of the session as they are then', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, auth: bearer('first'), timeout: false });
    const query = {
      type: 'text/event-stream',
      text: `retry: 0\n${event('1')}`,
      h: 'set-cookie:sid=1',
    };
    const events = eventStream(session, a.url('reply', query));
    await events.next();
    session.auth = bearer('second');
    await events.next();
    const [first, second] = await a.requests({ requests: 2 });
    expect([first, second].map((entry) => entry && sent(entry, 'authorization'))).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
    expect([first, second].map((entry) => entry && sent(entry, 'cookie'))).toEqual([
      undefined,
      'sid=1',
    ]);
    await events.return();
  });

  test('goes to the same URL, and to another origin without credentials, with the ID', async () => {
    withoutWaits();
    const transport = inProcess(({ url: { origin } }, count) => {
      if (count > 4) return new Response(null, { status: 204 });
      if (origin === 'http://app.test') return Response.redirect('http://other.test/', 307);
      return streamOf(event(String(count)), 'break');
    });
    const session = open({
      transport,
      auth: bearer('canary'),
      headers: { 'x-api-key': 'canary' },
      timeout: false,
      retry: 0,
    });
    expect(await all(session, { headers: { 'x-call': 'canary' } })).toHaveLength(2);
    const seen = transport.seen.map(({ url: { origin }, headers }) => ({
      origin,
      id: headers.get('last-event-id'),
      isSecret: JSON.stringify([...headers]).includes('canary'),
    }));
    expect(seen).toEqual([
      { origin: 'http://app.test', id: null, isSecret: true },
      { origin: 'http://other.test', id: null, isSecret: false },
      { origin: 'http://app.test', id: '2', isSecret: true },
      { origin: 'http://other.test', id: '2', isSecret: false },
      { origin: 'http://app.test', id: '4', isSecret: true },
    ]);
  });
});
