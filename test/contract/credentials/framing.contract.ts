/** Who says where a message ends: a table of headers over the transports of each platform. */
import {
  fetchTransport,
  InvalidRequestError,
  NetworkError,
  type RequestOptions,
  type SessionOptions,
  UnsupportedError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { arrivals, canary } from '../../support/canaries.ts';
import {
  browserTest,
  inBrowser,
  inNode,
  open,
  reasonOf,
  rejection,
  sent,
  sites,
  wireTest,
} from '../../support/contract.ts';

/** Its redirects are the session's on every platform. */
const overFetch = (): SessionOptions => ({
  transport: fetchTransport({ fetch: (request, init) => fetch(request.url, init) }),
});
/** The redirects are its own. */
const overManaged = (): SessionOptions => ({
  transport: fetchTransport({ fetch: (request, init) => fetch(request.url, init), managed: true }),
});
const doors: { name: string; options: () => SessionOptions }[] = [
  { name: "the platform's transport", options: () => ({}) },
  { name: 'a fetch that was given', options: overFetch },
  { name: 'a fetch that was given, and follows redirects itself', options: overManaged },
];

/** What belongs to one connection, to the framing of a message or to a proxy. */
const ofConnection = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'http2-settings',
];

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield new TextEncoder().encode(text);
  }
}

const form = (): FormData => {
  const made = new FormData();
  made.set('a', 'b');
  return made;
};

const contradictions: { name: string; options: () => RequestOptions }[] = [
  ...['1', '3', '0', '-2', '+2', '2, 2', '0x2', '2.0'].map((length) => ({
    name: `a content-length of ${length} beside text of 2 bytes`,
    options: () => ({ body: 'ab', headers: { 'content-length': length } }),
  })),
  {
    name: 'a content-length beside no text',
    options: () => ({ body: '', headers: { 'content-length': '36' } }),
  },
  {
    name: 'a content-length that is not that of bytes',
    options: () => ({ body: new Uint8Array(2), headers: { 'content-length': '1' } }),
  },
  {
    name: 'a content-length that is not that of a Blob',
    options: () => ({ body: new Blob(['ab']), headers: { 'content-length': '1' } }),
  },
  {
    name: 'a content-length beside a form, whose boundary nobody knows yet',
    options: () => ({ body: form(), headers: { 'content-length': '2' } }),
  },
  {
    name: 'a content-length of a stream that is no number',
    options: () => ({ body: () => pieces('a', 'b'), headers: { 'content-length': '2x' } }),
  },
  {
    name: 'a transfer-encoding',
    options: () => ({ body: '0\r\n\r\n', headers: { 'transfer-encoding': 'chunked' } }),
  },
  {
    name: 'a transfer-encoding of nothing',
    options: () => ({ method: 'DELETE', headers: { 'transfer-encoding': 'identity' } }),
  },
];

describe.each(doors)('I3: over $name', ({ options: session }) => {
  wireTest.each(ofConnection)('%s is dropped', async (name) => {
    const { a } = sites();
    const secret = canary();
    const headers = { [name]: secret, 'x-canary': secret };
    await open(session()).post(a.url('echo'), { body: 'a', headers });
    const request = await a.request();
    expect([sent(request, 'x-canary'), request.body]).toEqual([secret, 'a']);
    expect(sent(request, name) ?? '').not.toContain(secret);
  });

  wireTest.each(contradictions)('$name is refused, and nothing is sent', async ({ options }) => {
    const { a } = sites();
    const { method = 'POST', ...given } = options();
    await rejection(
      open({ ...session(), retry: 0 }).request(a.url('echo'), { method, ...given }),
      InvalidRequestError,
    );
    expect(await a.requests()).toEqual([]);
  });

  wireTest('a content-length without a body is dropped', async () => {
    const { a } = sites();
    const calls = open({ ...session(), headers: { 'content-length': '36' } });
    await calls.post(a.url('echo'));
    await calls.get(a.url('echo'));
    const lengths = (await a.requests()).map((request) => sent(request, 'content-length'));
    expect(lengths.filter((length) => Number(length ?? 0) > 0)).toEqual([]);
  });

  wireTest("the body's own content-length goes once", async () => {
    const { a } = sites();
    const headers = { 'content-length': '3' };
    await open(session()).post(a.url('echo'), { body: 'äb', headers });
    const request = await a.request();
    expect([sent(request, 'content-length'), request.body]).toEqual(['3', 'äb']);
  });

  wireTest('a stream is as long as its content-length says, and comes whole', async () => {
    const { a } = sites();
    const headers = { 'content-length': '3' };
    await open(session()).post(a.url('echo'), { body: pieces('ab', 'c'), headers });
    const request = await a.request();
    expect(request.body).toBe('abc');
    // Another host may send it in chunks.
    if (inNode) expect(sent(request, 'content-length')).toBe('3');
    else expect([undefined, '3']).toContain(sent(request, 'content-length'));
  });

  wireTest.each(['2', '4'])(
    'a stream of 3 bytes with a content-length of %s never comes as a whole message',
    async (length) => {
      const { a } = sites();
      const error = await reasonOf(
        open({ ...session(), retry: 0 }).post(a.url('echo'), {
          body: pieces('ab', 'c'),
          headers: { 'content-length': length },
        }),
      );
      // A fetch tells what has failed, and hides why.
      const type = error instanceof InvalidRequestError ? InvalidRequestError : NetworkError;
      expect(error).toBeInstanceOf(type);
      if (inNode && session === doors[0]?.options)
        expect(error).toBeInstanceOf(InvalidRequestError);
      expect((await a.requests()).filter(({ end }) => end === 'finished')).toEqual([]);
    },
  );

  browserTest.each([...ofConnection, 'content-length', 'transfer-encoding'])(
    '%s is refused by name, or dropped by the browser',
    async (name) => {
      const { a } = sites();
      const secret = canary();
      const headers = { [name]: secret };
      const call = open(session()).post(a.url('echo'), { body: 'a', headers });
      // No browser knows this one as its own.
      const isPlain = name === 'http2-settings';
      if (session !== overFetch && !isPlain) await rejection(call, UnsupportedError);
      else await call;
      const count = isPlain ? { a: 1 } : {};
      expect(await arrivals({ a }, secret)).toEqual(count);
    },
  );
});

test('I3: a body of the right length is sent, whoever frames it', async () => {
  const { a } = sites();
  await open().post(a.url('echo'), { body: new Blob(['ab']) });
  const request = await a.request();
  expect([request.body, sent(request, 'content-length')]).toEqual(['ab', '2']);
  expect(inBrowser || sent(request, 'transfer-encoding') === undefined).toBe(true);
});
