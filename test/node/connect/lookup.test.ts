import { NetworkError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { socksProxy } from '../../support/socks-proxy.ts';

type Callback = (...result: unknown[]) => void;
type Lookup = (host: string, options: { all?: boolean }, callback: Callback) => unknown;

const openWith = (lookup: Lookup, http2 = false) =>
  open({
    retry: 0,
    trustEnv: false,
    transport: undiciTransport({ lookup: lookup as never, http2 }),
  });

/** Gives these, whatever it is asked for. */
const giving =
  (...result: unknown[]): Lookup =>
  (_host, _options, callback) =>
    callback(null, ...result);

/** What works. */
const answers: [string, Lookup][] = [
  ['an address and its family', giving('127.0.0.1', 4)],
  ['an address', giving('127.0.0.1')],
  ['a record', giving({ address: '127.0.0.1', family: 4 })],
  ['records', giving([{ address: '127.0.0.1', family: 4 }])],
  ['records with another word for the family', giving([{ address: '127.0.0.1', family: 'IPv4' }])],
  ['addresses, as dns.resolve4() does', giving(['127.0.0.1'])],
  ['an address later', (_host, _options, tell) => void setImmediate(tell, null, '127.0.0.1', 4)],
  ['an address twice', (_host, _options, tell) => [0, 1].map(() => tell(null, '127.0.0.1', 4))],
  [
    'an address, and then throws',
    (_host, _options, callback) => {
      callback(null, '127.0.0.1', 4);
      throw new Error('too late');
    },
  ],
  [
    'an address out of an async function',
    async (_host, _options, callback) => {
      await Promise.resolve();
      callback(null, '127.0.0.1', 4);
    },
  ],
];

/** What is no answer, and what is said of it. */
const nonsense: [string, Lookup, string][] = [
  ['nothing', giving(), 'lookup gave app.test what is no IP address'],
  ['an empty list', giving([]), 'lookup gave app.test no address'],
  ['an empty text', giving(''), 'lookup gave app.test what is no IP address'],
  ['another name', giving('other.test', 4), 'lookup gave app.test what is no IP address'],
  ['null', giving(null), 'lookup gave app.test what is no IP address'],
  ['a number', giving(2130706433, 4), 'lookup gave app.test what is no IP address'],
  ['a list of nonsense', giving(['127.0.0.1', {}]), 'lookup gave app.test what is no IP address'],
  [
    'a text for an error',
    (_host, _options, tell) => tell('down'),
    'lookup failed for app.test: down',
  ],
  [
    'a thrown text',
    () => {
      throw 'broken';
    },
    'lookup failed for app.test: broken',
  ],
  ['a promise of an address', async () => ['127.0.0.1'], 'it must call its callback'],
  [
    'a rejection',
    async () => {
      throw new Error('rejected');
    },
    'rejected',
  ],
];

describe('F42: a lookup that gives', () => {
  test.each(answers)('%s works', async (_name, lookup) => {
    const server = await rawServer(always(answer('ok')));
    expect(await openWith(lookup).get(`http://app.test:${server.port}/`).text()).toBe('ok');
    expect(server.peers).toHaveLength(1);
  });

  test.each(nonsense)('%s fails the call, which names the host', async (_name, lookup, message) => {
    for (const [url, http2] of [
      ['http://app.test/', false],
      ['https://app.test/', false],
      ['https://app.test/', true],
    ] as const) {
      const session = openWith(lookup, http2);
      const error = await rejection(session.get(url), NetworkError);
      expect(error.message).toContain(message);
      expect(error.message).toContain('app.test');
      expect(error.cause).toBeInstanceOf(Error);
      expect(session.stats()).toMatchObject({ sockets: 0, queued: 0, inFlight: 0 });
    }
  });
});

describe('a lookup in its short form', () => {
  test('is judged by a guard', async () => {
    const server = await rawServer(always(answer('ok')));
    const guarded = (guard: object) =>
      open({
        retry: 0,
        trustEnv: false,
        transport: undiciTransport({ lookup: giving('127.0.0.1', 4) as never, guard }),
      });
    const url = `http://app.test:${server.port}/`;
    await expect(guarded({}).get(url)).rejects.toThrow('127.0.0.1 is loopback');
    expect(
      await guarded({ allow: ['127.0.0.1'] })
        .get(url)
        .text(),
    ).toBe('ok');
  });

  test('resolves for a SOCKS proxy, too', async () => {
    const [proxy, server] = [await socksProxy(), await rawServer(always(answer('ok')))];
    const through = { proxy: `socks5://127.0.0.1:${proxy.port}` };
    const url = `http://app.test:${server.port}/`;
    expect(await openWith(giving('127.0.0.1', 4)).get(url, through).text()).toBe('ok');
    for (const lookup of [giving([]), giving('nonsense')])
      await expect(openWith(lookup).get(url, through)).rejects.toThrow('lookup gave app.test');
  });
});
