import { AsyncLocalStorage } from 'node:async_hooks';
import { constants } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Readable } from 'node:stream';
import type { RequestOptions, Session, SessionOptions, TlsOptions, Transport } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authority, identities } from '../../support/certificates.ts';
import { open, reasonOf } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { answer, headLines, rawServer, type Script } from '../../support/raw-server.ts';

const storage = new AsyncLocalStorage<string>();

/** What has run in another call's context. */
class Leaks {
  readonly found: string[] = [];
  /** What has run at all. */
  readonly ran = new Set<string>();

  note(what: string, call: unknown): void {
    this.ran.add(what);
    const store = storage.getStore();
    if (store !== call) this.found.push(`${what} of ${String(call)} ran in ${String(store)}`);
  }
}

const big = 'x'.repeat(300_000);

/** Redirects, fails once, then answers with what takes several reads. */
const serve =
  (asked = new Map<string, number>()): Script =>
  async (peer) => {
    for (let request; (request = await peer.request());) {
      const { target } = request;
      const times = (asked.get(target) ?? 0) + 1;
      asked.set(target, times);
      if (target.startsWith('/redirect'))
        await peer.write(answer('', headLines('307 Elsewhere', `location: ${target.slice(9)}`)));
      else if (target.startsWith('/flaky') && times === 1)
        await peer.write(answer('', 'HTTP/1.1 503 Busy\r\n'));
      else await peer.write(answer(big));
    }
  };

/** The options of a call that has every function that there is. */
function functionsOf(call: string, leaks: Leaks): RequestOptions {
  return {
    context: { call },
    onDownloadProgress: () => leaks.note('download progress', call),
    onUploadProgress: () => leaks.note('upload progress', call),
    retry: {
      methods: ['POST'],
      statusCodes: [503],
      shouldRetry: () => (leaks.note('shouldRetry', call), undefined),
      delay: () => (leaks.note('delay', call), 1),
    },
    async *body() {
      leaks.note('body', call);
      yield 'one';
      await new Promise(setImmediate);
      leaks.note('body', call);
      yield big;
      leaks.note('body', call);
    },
  };
}

/** A session whose functions know the call by its context. */
function openNoting(leaks: Leaks, options: SessionOptions): Session {
  const session = open({
    trustEnv: false,
    hooks: {
      beforeRequest: [({ context }) => leaks.note('beforeRequest', context['call'])],
      beforeRetry: [({ request }) => leaks.note('beforeRetry', request.context['call'])],
      afterResponse: [({ request }) => leaks.note('afterResponse', request.context['call'])],
    },
    auth: async (request, next) => {
      leaks.note('auth', request.context['call']);
      const response = await next(request);
      leaks.note('auth', request.context['call']);
      return response;
    },
    ...options,
  });
  for (const around of ['call', 'attempt', 'hop'] as const)
    session.use(
      async (request, next) => {
        leaks.note(`middleware around ${around}`, request.context['call']);
        const response = await next(request);
        leaks.note(`middleware around ${around}`, request.context['call']);
        return response;
      },
      { around },
    );
  return session;
}

const every = [
  'download progress',
  'upload progress',
  'shouldRetry',
  'delay',
  'body',
  'beforeRequest',
  'beforeRetry',
  'afterResponse',
  'auth',
  'middleware around call',
  'middleware around attempt',
  'middleware around hop',
];

async function callAll(session: Session, leaks: Leaks, urlOf: (n: number) => string) {
  const makeCall = (n: number): Promise<string> => {
    const call = `call ${n}`;
    return storage.run(call, () => session.post(urlOf(n), functionsOf(call, leaks)).text());
  };
  // First and reused sockets, then calls that queue.
  for (let n = 0; n < 3; n++) expect(await makeCall(n)).toBe(big);
  const batch = await Promise.all(Array.from({ length: 8 }, (_, n) => makeCall(n + 3)));
  expect(new Set(batch)).toEqual(new Set([big]));
}

describe('L6: every function of the caller runs in the async context of its own call', () => {
  const paths = ['/plain', '/flaky', '/redirect/flaky'];

  test.each([1, 2, 256])('over %i connections', async (connections) => {
    const { origin } = await rawServer(serve());
    const leaks = new Leaks();
    const session = openNoting(leaks, { transport: undiciTransport({ connections }) });
    await callAll(session, leaks, (n) => `${origin}${paths[n % 3]}/${n}`);
    expect(leaks.found).toEqual([]);
    expect([...leaks.ran].sort()).toEqual([...every].sort());
  });

  test('through a proxy, and with a transport around', async () => {
    const proxy = await rawServer(relay());
    const inner = undiciTransport({ connections: 1 });
    const wrapped: Transport = { send: (request) => inner.send(request) };
    onTestFinished(() => inner.destroy?.());
    for (const options of [{ proxy: `http://127.0.0.1:${proxy.port}` }, { transport: wrapped }]) {
      const [leaks, { origin }] = [new Leaks(), await rawServer(serve())];
      await callAll(openNoting(leaks, options), leaks, (n) => `${origin}${paths[n % 3]}/${n}`);
      expect(leaks.found).toEqual([]);
    }
  });

  test('lookup', async () => {
    const { port } = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('ok', 'HTTP/1.1 200 OK\r\nconnection: close\r\n'));
    });
    const lookedUp: string[] = [];
    const transport = undiciTransport({
      connections: 1,
      lookup: (_name, _options, callback) => {
        lookedUp.push(String(storage.getStore()));
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    });
    const session = open({ transport, trustEnv: false });
    const calls = ['call 1', 'call 2', 'call 3', 'call 4'];
    // Each opens a connection when that of the one before it has ended.
    const send = (): Promise<string> => session.get(`http://a.test:${port}/`).text();
    await Promise.all(calls.map((call) => storage.run(call, send)));
    expect(lookedUp.sort()).toEqual(calls);
  });

  test('tls.checkServerIdentity, of the transport, the session and the call', async () => {
    // Without tickets each connection is verified anew.
    const closing = await rawServer(
      async (peer) => {
        await peer.request();
        await peer.write(answer('ok', 'HTTP/1.1 200 OK\r\nconnection: close\r\n'));
      },
      { ...identities.good, secureOptions: constants.SSL_OP_NO_TICKET, maxVersion: 'TLSv1.2' },
    );
    const checked: string[] = [];
    const tls: TlsOptions = {
      ca: authority,
      checkServerIdentity: () => void checked.push(String(storage.getStore())),
    };
    const calls = ['call 1', 'call 2', 'call 3', 'call 4'];
    for (const at of ['transport', 'session', 'call']) {
      const given = { connections: 1, ...(at === 'transport' && { tls }) };
      const transport = undiciTransport(given);
      const session = open({ transport, trustEnv: false, ...(at === 'session' && { tls }) });
      // Each opens a connection when that of the one before it has ended.
      const send = (): Promise<string> =>
        session.get(closing.origin, at === 'call' ? { tls } : {}).text();
      await Promise.all(calls.map((call) => storage.run(call, send)));
      expect(checked.splice(0).sort(), at).toEqual(calls);
    }
  });

  test('what listens to the signal of a request that a deadline ends', async () => {
    const silent = await rawServer(async (peer) => void (await peer.request()));
    const leaks = new Leaks();
    const listen = (what: string, signal: AbortSignal | undefined, call: unknown): void =>
      signal?.addEventListener('abort', () => leaks.note(what, call));
    const sent = undiciTransport();
    onTestFinished(() => sent.destroy?.());
    const transport: Transport = {
      send: (request) => {
        listen('transport', request.signal, storage.getStore());
        return sent.send(request);
      },
    };
    const session = open({ retry: 0, trustEnv: false, transport, timeout: { total: 100 } });
    session.use((request, next) => {
      listen('middleware', request.signal, request.context['call']);
      return next(request);
    });
    const send = (call: string): Promise<unknown> =>
      storage.run(call, () => reasonOf(session.get(silent.origin, { context: { call } })));
    await Promise.all(['call 1', 'call 2', 'call 3'].map(send));
    expect(leaks.found).toEqual([]);
    expect([...leaks.ran].sort()).toEqual(['middleware', 'transport']);
  });

  test('the streams of bodies, also when a deadline ends them', async () => {
    const silent = await rawServer(async (peer) => {
      await peer.request();
    });
    const leaks = new Leaks();
    const session = open({ retry: 0, trustEnv: false });
    await Promise.all(
      ['call 1', 'call 2', 'call 3'].map((call) =>
        storage.run(call, async () => {
          let pieces = 0;
          const body = new Readable({
            read() {
              leaks.note('read', call);
              if (pieces++ < 3) this.push('x');
            },
            destroy(error, callback) {
              leaks.note('destroy', call);
              callback(error);
            },
          });
          const stream = new ReadableStream({
            pull(controller) {
              leaks.note('pull', call);
              if (pieces++ < 6) controller.enqueue('x');
              return pieces < 6 ? undefined : new Promise<void>(() => {});
            },
          });
          for (const given of [body, stream])
            await session
              .post(silent.origin, { body: given, timeout: { total: 100 } })
              .catch(() => {});
        }),
      ),
    );
    expect(leaks.found).toEqual([]);
    expect([...leaks.ran].sort()).toEqual(['destroy', 'pull', 'read']);
  });

  test('a transform that a response body is piped through', async () => {
    const { origin } = await rawServer(serve());
    const leaks = new Leaks();
    const session = open({ transport: undiciTransport({ connections: 1 }), trustEnv: false });
    await Promise.all(
      ['call 1', 'call 2', 'call 3'].map((call) =>
        storage.run(call, async () => {
          const { body } = await session.get(`${origin}/plain`);
          const noting = new TransformStream<Uint8Array, Uint8Array>({
            transform(chunk, controller) {
              leaks.note('transform', call);
              controller.enqueue(chunk);
            },
          });
          await new Response(body?.pipeThrough(noting)).text();
        }),
      ),
    );
    expect(leaks.found).toEqual([]);
    expect(leaks.ran).toContain('transform');
  });
});

describe('L6: what undici publishes runs in the async context of its call', () => {
  const names = [
    'undici:request:create',
    'undici:client:sendHeaders',
    'undici:request:bodySent',
    'undici:request:bodyChunkSent',
    'undici:request:headers',
    'undici:request:bodyChunkReceived',
    'undici:request:trailers',
    'undici:request:error',
  ];

  /** The call stands in the path. */
  function watch(leaks: Leaks): void {
    for (const name of names) {
      const listener = (message: unknown): void => {
        const { path } = (message as { request: { path: string } }).request;
        leaks.note(name, decodeURIComponent(path.replace(/^.*\//, '')));
      };
      subscribe(name, listener);
      onTestFinished(() => void unsubscribe(name, listener));
    }
  }

  test.each([1, 2, 256])('over %i connections', async (connections) => {
    const { origin } = await rawServer(serve());
    const leaks = new Leaks();
    watch(leaks);
    const session = open({ transport: undiciTransport({ connections }), trustEnv: false });
    await callAll(session, leaks, (n) => `${origin}${['/plain', '/flaky'][n % 2]}/call ${n}`);
    expect(leaks.found).toEqual([]);
    const published = [...leaks.ran].filter((name) => name.startsWith('undici:'));
    expect(published.sort()).toEqual(names.filter((name) => !name.endsWith('error')).sort());
  });

  test('of calls that have no function, read elsewhere', async () => {
    const { origin } = await rawServer(serve());
    const leaks = new Leaks();
    watch(leaks);
    const session = open({ transport: undiciTransport({ connections: 2 }), trustEnv: false });
    const texts = Array.from({ length: 10 }, (_, n) =>
      storage.run(`call ${n}`, () => session.get(`${origin}/plain/call ${n}`)),
    );
    for (const response of texts) expect(await (await response).text()).toBe(big);
    expect(leaks.found).toEqual([]);
  });

  test('of failures', async () => {
    const failing = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('ok'));
      const request = await peer.request();
      if (request?.target.includes('cut')) await peer.write('HTTP/1.1 200 OK\r\n\r\nhalf');
      if (request && !request.target.includes('abort')) peer.rst();
    });
    const leaks = new Leaks();
    watch(leaks);
    const session = open({
      retry: 0,
      transport: undiciTransport({ connections: 1 }),
      trustEnv: false,
    });
    for (const way of ['reset', 'cut', 'abort']) {
      await storage.run('first', () => session.get(`${failing.origin}/first`).text());
      const timeout = { total: 200 };
      const call = storage.run(way, () =>
        session.post(`${failing.origin}/${way}`, { body: 'x', timeout }).text(),
      );
      await call.catch(() => {});
    }
    await session.destroy();
    expect(leaks.found).toEqual([]);
    expect(leaks.ran).toContain('undici:request:error');
  });
});
