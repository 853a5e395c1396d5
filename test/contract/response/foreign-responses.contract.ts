/** Responses that answer as one does, and are none of this host's making. */
import {
  fetchTransport,
  InvalidRequestError,
  SessionClosedError,
  type SessionOptions,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { deferred, open, rejection } from '../../support/contract.ts';

const url = 'http://app.test/';

/** A session whose `fetch` answers so, and how often it was asked. */
function openOver(answer: () => Response, options?: SessionOptions) {
  const asked = { count: 0 };
  const fetch = (): Response => {
    asked.count++;
    return answer();
  };
  return { asked, session: open({ transport: fetchTransport({ fetch }), ...options }) };
}

/** As a framework wraps it: no private member can be read through the wrapper. */
const wrapped = (
  response: Response,
  read: (target: Response, key: PropertyKey) => unknown = (target, key) =>
    Reflect.get(target, key, target),
): Response => new Proxy(response, { get: (target, key) => read(target, key) });

describe('a Proxy around a Response', () => {
  test('is read as what it stands for, but for a header that may not be read', async () => {
    const response = new Response('whole', { headers: { 'x-shown': '1', 'x-hidden': '2' } });
    const get = response.headers.get.bind(response.headers);
    response.headers.get = (name) => {
      if (name === 'x-hidden') throw new Error('It is not serialised');
      return get(name);
    };
    const { session } = openOver(() => wrapped(response));
    const got = await session.get(url);
    expect([got.headers.get('x-shown'), got.headers.get('x-hidden')]).toEqual(['1', null]);
    expect([await got.clone().text(), await got.text()]).toEqual(['whole', 'whole']);
  });

  test('whose code fails is no failure of the network, and is not asked again', async () => {
    const { session, asked } = openOver(() =>
      wrapped(new Response('x'), (target, key) => {
        if (key === 'headers') throw new RangeError('of the host');
        return Reflect.get(target, key, target) as unknown;
      }),
    );
    const error = await rejection(session.get(url), InvalidRequestError);
    expect([error.cause, asked.count]).toEqual([new RangeError('of the host'), 1]);
  });
});

/**
 * As React Native and polyfills have it: a head, and a body that is had once, and whole, as soon as
 * it has come.
 */
function withoutStreams(text: string, come?: Promise<void>): Response {
  let isRead = false;
  const fields: Partial<Response> = {
    status: 200,
    statusText: 'OK',
    url,
    headers: new Headers({ 'x-native': '1' }),
    bodyUsed: false,
    arrayBuffer: async () => {
      if (isRead) throw new TypeError('It was read');
      isRead = true;
      await come;
      return new Blob([text]).arrayBuffer();
    },
  };
  return fields as Response;
}

describe('a Response without a body', () => {
  test('is read whole, and so are its clones', async () => {
    const { session } = openOver(() => withoutStreams('a\nb'));
    const response = await session.get(url);
    expect(response).toBeInstanceOf(Response);
    expect(response.headers.get('x-native')).toBe('1');
    const clone = response.clone();
    expect([await clone.text(), await response.text()]).toEqual(['a\nb', 'a\nb']);
    expect(response.bodyUsed).toBe(true);
    const lines: string[] = [];
    for await (const line of session.get(url).lines()) lines.push(line);
    expect(lines).toEqual(['a', 'b']);
  });

  test('is held to its limit, and its progress is told at its end', async () => {
    const told: number[] = [];
    const { session } = openOver(() => withoutStreams('whole'), {
      onDownloadProgress: ({ percent, transferredBytes }) =>
        void told.push(transferredBytes, percent),
    });
    await session.get(url).text();
    expect(told.slice(-2)).toEqual([5, 1]);
    const call = session.get(url, { maxResponseSize: 3 }).text();
    await expect(call).rejects.toMatchObject({ code: 'ERR_RESPONSE_TOO_LARGE' });
  });

  test('that is read is awaited by close(), and one that nobody reads is given up', async () => {
    const { promise, resolve: come } = deferred();
    const { session } = openOver(() => withoutStreams('whole', promise));
    const [read, unread] = [await session.get(url), await session.get(url)];
    const text = read.text();
    const closed = session.close();
    come();
    expect(await text).toBe('whole');
    await closed;
    await rejection(unread.text(), SessionClosedError);
  });

  const never = new Promise<void>(() => {});

  test('that never comes ends by destroy(), and so do its clones', async () => {
    const { session } = openOver(() => withoutStreams('', never));
    const response = await session.get(url);
    const clone = response.clone();
    const texts = [response.text(), clone.text()].map((text) =>
      rejection(text, SessionClosedError),
    );
    await session.destroy();
    await Promise.all(texts);
  });
});
