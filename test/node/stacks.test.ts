import {
  DecodeError,
  get,
  HTTPError,
  NetworkError,
  ProxyError,
  ResponseTooLargeError,
  type Session,
  type SessionError,
  type SessionOptions,
  SessionClosedError,
  TimeoutError,
  TooManyRedirectsError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { open } from '../support/contract.ts';
import { answer, headLines, rawServer, type Script } from '../support/raw-server.ts';

/** Says something, and no more. */
const says =
  (...lines: string[]): Script =>
  async (peer) => {
    while (await peer.request()) await peer.write(lines.join('\r\n'));
  };

const half = says(headLines('200 OK', 'content-length: 9'), 'half');

/**
 * Blocks the loop until a timer that is begun now, and another one, are due at once: between them
 * runs what the first one ends.
 */
function blockUntilDue(ms: number): void {
  const due = performance.now() + ms;
  setTimeout(() => {}, ms + 20);
  setTimeout(() => {
    while (performance.now() < due + 40);
  }, ms / 2);
}

interface Kind {
  readonly type: abstract new (...args: never[]) => SessionError;
  readonly answers: Script;
  readonly options?: SessionOptions;
}

/** Before the response is there. */
const calls: Record<string, Kind> = {
  'a late response': {
    type: TimeoutError,
    answers: says(),
    options: { timeout: { response: 20 } },
  },
  'a late end': { type: TimeoutError, answers: says(), options: { timeout: { total: 300 } } },
  'a broken response': { type: NetworkError, answers: says('nonsense', '', '') },
  'redirects without end': {
    type: TooManyRedirectsError,
    answers: says(headLines('302 Found', 'location: /', 'content-length: 0'), ''),
  },
  'a proxy that refuses': {
    type: ProxyError,
    answers: says(),
    options: { proxy: 'http://127.0.0.1:1' },
  },
};

const bodies: Record<string, Kind> = {
  'a late body': { type: TimeoutError, answers: half, options: { timeout: { body: 20 } } },
  'a broken coding': {
    type: DecodeError,
    answers: says(headLines('200 OK', 'content-length: 5', 'content-encoding: gzip'), 'abcde'),
  },
  'a large body': {
    type: ResponseTooLargeError,
    answers: says(answer('12')),
    options: { maxResponseSize: 1 },
  },
};

type Way = (session: Session, url: string) => Promise<unknown>;

/** The error of a caller who awaits it, and whose name is to be found in the stack. */
async function errorOf(way: Way, { answers, options }: Kind): Promise<unknown> {
  const { origin } = await rawServer(answers);
  const session = open({ retry: 0, trustEnv: false, ...options });
  async function theCaller(): Promise<unknown> {
    return await way(session, origin);
  }
  try {
    await theCaller();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

async function expectCaller(way: Way, kind: Kind): Promise<void> {
  const error = await errorOf(way, kind);
  expect(error).toBeInstanceOf(kind.type);
  expect(error).toMatchObject({ stack: expect.stringContaining('theCaller') as string });
}

async function collect(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) void item;
}

describe('F47: the stack of an error names who has awaited', () => {
  const awaited: Record<string, Way> = {
    'the response': async (session, url) => session.get(url),
    'its data': async (session, url) => session.post(url).json(),
    'its lines': async (session, url) => collect(session.get(url).lines()),
    'a page': async (session, url) => collect(session.paginate(url)),
  };
  test.each(Object.entries(calls))('%s', async (_, kind) => {
    for (const way of Object.values(awaited)) await expectCaller(way, kind);
  });

  test('a late end, where several timers are due at once', async () => {
    const late = { type: TimeoutError, answers: says(), options: { timeout: { total: 100 } } };
    for (const way of Object.values(awaited)) {
      const blocked: Way = async (session, url) => {
        blockUntilDue(100);
        return await way(session, url);
      };
      await expectCaller(blocked, late);
    }
  });

  const read: Record<string, Way> = {
    data: async (session, url) => session.get(url).json(),
    bytes: async (session, url) => (await session.get(url)).bytes(),
    text: async (session, url) => (await session.get(url)).text(),
    'a clone': async (session, url) => (await session.get(url)).clone().text(),
    lines: async (session, url) => collect(session.get(url).lines()),
    events: async (session, url) => collect((await session.get(url)).events()),
  };
  test.each(Object.entries(bodies))('%s', async (_, kind) => {
    for (const way of Object.values(read)) await expectCaller(way, kind);
  });

  test('a status, and a body that is no JSON', async () => {
    const notFound = says(headLines('404 Not Found', 'content-length: 0'), '');
    const json: Way = async (session, url) => session.get(url).json();
    await expectCaller(json, { type: HTTPError, answers: notFound });
    await expectCaller(json, { type: DecodeError, answers: says(answer('{')) });
  });

  test('fetch, and a call without a session', async () => {
    const late = { type: TimeoutError, answers: says(), options: { timeout: 20 } };
    await expectCaller(async (session, url) => session.fetch(url), late);
    await expectCaller(async (_, url) => get(url, { timeout: 20, proxy: false }), late);
  });

  test('the reason of the caller is as it was given', async () => {
    const reason = new SessionClosedError('enough');
    const { stack } = reason;
    const error = await errorOf(
      async (session, url) => {
        const call = session.get(url);
        await session.destroy(reason);
        return call;
      },
      { type: SessionClosedError, answers: says() },
    );
    expect(error).toBe(reason);
    expect(reason.stack).toBe(stack);
  });
});
