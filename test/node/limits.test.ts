import * as zlib from 'node:zlib';
import {
  DecodeError,
  fetchTransport,
  HTTPError,
  ResponseTooLargeError,
  type Session,
  SessionError,
  type SessionOptions,
  type SessionResponse,
  TooManyRedirectsError,
} from 'isosession';
import { describe, expect, test } from 'vitest';
import { deferred, open, reasonOf, rejection, sites } from '../support/contract.ts';
import { answer, rawServer } from '../support/raw-server.ts';

const MiB = 1024 * 1024;

/** What the process holds beyond now while something runs, measured whenever the loop turns. */
async function growth(run: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 2);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, process.memoryUsage().rss) - before;
}

/** A raw server that answers everything with this body in these codings. */
async function coded(codings: string, body: Uint8Array, head = '') {
  return rawServer(async (peer) => {
    while (await peer.request()) {
      await peer.write(
        `HTTP/1.1 200 OK\r\ncontent-encoding: ${codings}\r\n${head}content-length: ${body.length}\r\n\r\n`,
      );
      await peer.write(body);
    }
  });
}

const zeros = (bytes: number, coding: 'gzip' | 'br') =>
  coding === 'gzip'
    ? zlib.gzipSync(Buffer.alloc(bytes))
    : zlib.brotliCompressSync(Buffer.alloc(bytes), {
        params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 },
      });

describe('D1 and F22: bombs', () => {
  const bombs = { gzip: zeros(256 * MiB, 'gzip'), br: zeros(256 * MiB, 'br') };

  test.each(['gzip', 'br'] as const)(
    'a %s body of 256 MiB stops at maxResponseSize, long before it is unpacked',
    async (coding) => {
      const server = await coded(coding, bombs[coding]);
      const session = open({ maxResponseSize: 16 * MiB, retry: 0 });
      const grown = await growth(async () => {
        expect(
          (await rejection(session.get(server.origin).text(), ResponseTooLargeError)).limit,
        ).toBe(16 * MiB);
        await rejection(session.get(server.origin).json(), ResponseTooLargeError);
      });
      expect(grown).toBeLessThan(128 * MiB);
      await server.peers[0]?.closed();
    },
  );

  test('without maxResponseSize a body compressed more than 200:1 stops at 100 MiB', async () => {
    const server = await coded('gzip', bombs.gzip);
    const error = await rejection(
      open({ retry: 0 }).get(server.origin).bytes(),
      ResponseTooLargeError,
    );
    expect(error.limit).toBe(100 * MiB);
  });

  test('a body that nobody reads is not unpacked', async () => {
    const server = await coded('br', bombs.br);
    const session = open({ retry: 0 });
    const grown = await growth(async () => {
      for (let call = 0; call < 5; call++) await session.get(server.origin);
    });
    expect(grown).toBeLessThan(64 * MiB);
  });

  test('a bomb within a bomb is bounded too', async () => {
    const inner = zlib.gzipSync(bombs.gzip);
    const server = await coded('gzip, gzip', inner);
    const grown = await growth(() =>
      rejection(
        open({ maxResponseSize: 16 * MiB, retry: 0 })
          .get(server.origin)
          .text(),
        ResponseTooLargeError,
      ),
    );
    expect(grown).toBeLessThan(128 * MiB);
  });

  test('five codings are undone, six are an error', async () => {
    let body: Uint8Array = Buffer.from('deep');
    for (let n = 0; n < 5; n++) body = zlib.gzipSync(body);
    expect(
      await open()
        .get((await coded(Array(5).fill('gzip').join(', '), body)).origin)
        .text(),
    ).toBe('deep');
    const six = await coded(Array(6).fill('gzip').join(', '), zlib.gzipSync(body));
    await rejection(open({ retry: 0 }).get(six.origin).text(), SessionError);
  });

  test('a bomb in the body of an error status ends as an error of that status or of its size', async () => {
    const server = await rawServer(async (peer) => {
      while (await peer.request()) {
        await peer.write(
          `HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${bombs.gzip.length}\r\n\r\n`,
        );
        await peer.write(bombs.gzip);
      }
    });
    const grown = await growth(async () => {
      const error = await rejection(open({ retry: 0 }).get(server.origin).json(), HTTPError);
      expect(error.data).toBeUndefined();
    });
    expect(grown).toBeLessThan(64 * MiB);
  });
});

describe('F9: bodies whose coding is broken', () => {
  const text = zlib.gzipSync(Buffer.from('hello '.repeat(10_000)));
  test.each([
    ['gzip that is no gzip', 'gzip', Buffer.from('not gzip at all')],
    ['gzip that is cut', 'gzip', text.subarray(0, text.length - 20)],
    ['gzip with a wrong checksum', 'gzip', Buffer.concat([text.subarray(0, -8), Buffer.alloc(8)])],
    ['brotli that is no brotli', 'br', Buffer.from('not brotli at all')],
    [
      'brotli that is cut',
      'br',
      zlib.brotliCompressSync(Buffer.from('hello'.repeat(1000))).subarray(0, 10),
    ],
    ['deflate that is no deflate', 'deflate', Buffer.from('not deflate')],
  ])(
    '%s is a DecodeError however it is read, and the session works on',
    async (_name, coding, body) => {
      const server = await coded(coding, body);
      const session = open({ retry: 0 });
      await rejection(session.get(server.origin).text(), DecodeError);
      await rejection(
        (async () => {
          const reader = (
            (await session.get(server.origin)).body as ReadableStream<Uint8Array>
          ).getReader();
          while (!(await reader.read()).done);
        })(),
        DecodeError,
      );
      const { a } = sites();
      expect((await session.get(a.url('echo'))).status).toBe(200);
    },
  );

  test('a coding that nobody knows leaves the body as it is or is a DecodeError', async () => {
    const server = await coded('mystery', Buffer.from('hello'));
    const outcome = await open({ retry: 0 })
      .get(server.origin)
      .text()
      .catch((error: unknown) => error);
    if (outcome !== 'hello') expect(outcome).toBeInstanceOf(DecodeError);
  });
});

describe('D3: maxResponseSize holds on every path', () => {
  test('after a redirect, on an endless body, for a text of many codings', async () => {
    const { a } = sites();
    const session = open({ maxResponseSize: 1000, retry: 0 });
    await rejection(
      session.get(a.url('redirect', { to: 'bytes?n=2000' })).text(),
      ResponseTooLargeError,
    );
    const endless = await rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\n\r\n');
      await peer.flood('x'.repeat(65_536));
    });
    await rejection(session.get(endless.origin).text(), ResponseTooLargeError);
    await endless.peers[0]?.closed();
    await rejection(
      session.get(a.url('encoded', { coding: 'gzip,br', text: 'x'.repeat(2000) })).text(),
      ResponseTooLargeError,
    );
  });

  test('with throwHttpErrors, when a response is awaited', async () => {
    const { a } = sites();
    const error = await rejection(
      open({ maxResponseSize: 5, throwHttpErrors: true }).get(a.url('status/404')),
      SessionError,
    );
    expect(['ERR_HTTP_STATUS', 'ERR_RESPONSE_TOO_LARGE']).toContain(error.code);
  });

  test('a body without end is not collected when nobody set a limit and nobody reads', async () => {
    let written = 0;
    const endless = await rawServer(async (peer) => {
      await peer.request();
      await peer.write('HTTP/1.1 200 OK\r\n\r\n');
      written = await peer.flood('x'.repeat(65_536));
    });
    const session = open({ retry: 0 });
    const grown = await growth(async () => {
      const response = await session.get(endless.origin);
      expect(response.status).toBe(200);
      // Calls elsewhere show that time goes by and nothing is blocked.
      const { a } = sites();
      for (let call = 0; call < 50; call++) await session.get(a.url('echo')).text();
      expect(session.stats().unreadBodies).toBe(1);
      await response.body?.cancel();
    });
    await endless.peers[0]?.closed();
    expect(grown).toBeLessThan(64 * MiB);
    // What the system's own buffers take is not ours.
    expect(written).toBeLessThan(32 * MiB);
  });
});

describe('R12 and F23: the body of a redirect', () => {
  test('without end does not hold the next hop up, and at most a little of it is read', async () => {
    let written = 0;
    const server = await rawServer(async (peer) => {
      const request = await peer.request();
      if (request?.target === '/end') return peer.write(answer('end'));
      await peer.write(
        'HTTP/1.1 302 Found\r\nlocation: /end\r\ntransfer-encoding: chunked\r\n\r\n',
      );
      written += await peer.flood(`ffff\r\n${'x'.repeat(65_535)}\r\n`);
    });
    const started = performance.now();
    expect(await open({ retry: 0 }).get(server.origin).text()).toBe('end');
    expect(performance.now() - started).toBeLessThan(1000);
    await server.peers[0]?.closed();
    // Socket buffers of both sides included.
    expect(written).toBeLessThan(16 * MiB);
  });

  test('that never ends holds up neither close nor the connection for long', async () => {
    const server = await rawServer(async (peer) => {
      if ((await peer.request())?.target !== '/') return peer.write(answer('there'));
      await peer.write(
        'HTTP/1.1 302 Found\r\nlocation: /there\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n',
      );
    });
    const session = open();
    expect(await session.get(server.origin).text()).toBe('there');
    await session.close();
    await server.peers[0]?.closed();
    const other = open();
    expect(await other.get(server.origin).text()).toBe('there');
    await server.peers[2]?.closed();
    expect(other.stats().sockets).toBe(1);
  });

  test('that is a bomb is never decoded', async () => {
    const bomb = zeros(64 * MiB, 'br');
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        if (request.target === '/end') await peer.write(answer('end'));
        else {
          await peer.write(
            `HTTP/1.1 302 Found\r\nlocation: /end\r\ncontent-encoding: br\r\ncontent-length: ${bomb.length}\r\n\r\n`,
          );
          await peer.write(bomb);
        }
      }
    });
    const grown = await growth(async () =>
      expect(await open({ retry: 0 }).get(server.origin).text()).toBe('end'),
    );
    expect(grown).toBeLessThan(32 * MiB);
  });

  test('whose coding is wrong does not matter', async () => {
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        await peer.write(
          request.target === '/end'
            ? answer('end')
            : answer(
                'not gzip',
                'HTTP/1.1 302 Found\r\nlocation: /end\r\ncontent-encoding: gzip\r\n',
              ),
        );
      }
    });
    expect(await open({ retry: 0 }).get(server.origin).text()).toBe('end');
  });

  test('in a loop stops after 21 requests', async () => {
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        await peer.write(
          answer(
            'x'.repeat(1000),
            `HTTP/1.1 302 Found\r\nlocation: ${request.target === '/a' ? '/b' : '/a'}\r\n`,
          ),
        );
      }
    });
    await rejection(open({ retry: 0 }).get(`${server.origin}/a`), TooManyRedirectsError);
    expect(server.requests).toHaveLength(21);
  });
});

/** Collections and turns of the loop, enough for finalizers to run. */
async function collect(): Promise<void> {
  expect(globalThis.gc).toBeTypeOf('function');
  for (let turn = 0; turn < 10; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

describe('F21: responses that nobody reads', () => {
  test('a thousand small ones over ten connections are all answered', async () => {
    const { a } = sites();
    const session = open();
    const responses = await Promise.all(
      Array.from({ length: 1000 }, () => session.get(a.url('bytes', { n: 2000 }))),
    );
    expect(responses.filter((response) => response.status === 200)).toHaveLength(1000);
    expect(session.stats()).toMatchObject({ unreadBodies: 0, queued: 0, inFlight: 0 });
  });

  test('FIELD 49: a large one holds its connection until it is cancelled', async () => {
    const { a } = sites();
    const session = open();
    const response = await session.get(a.url('bytes', { n: 20 * MiB }));
    const small = await session.get(a.url('echo'));
    expect(small.status).toBe(200);
    await small.text();
    expect(session.stats().unreadBodies).toBe(1);
    await response.body?.cancel();
    expect(session.stats().unreadBodies).toBe(0);
    expect(await reasonOf(response.text())).toBeInstanceOf(TypeError);
  });

  test.each<[string, (response: SessionResponse) => unknown]>([
    ['that nobody touched', () => {}],
    ['whose body was looked at', (response) => response.body],
    ['whose body was read in part', (response) => response.body?.getReader().read()],
    ['whose lines were read in part', (response) => response.lines().next()],
  ])('a large one %s frees its connection when it is collected', async (_name, touch) => {
    const server = await rawServer(async (peer) => {
      for (let request = await peer.request(); request; request = await peer.request()) {
        if (request.target !== '/endless') {
          await peer.write(answer('small'));
          continue;
        }
        await peer.write('HTTP/1.1 200 OK\r\n\r\n');
        await peer.flood('line\n'.repeat(10_000));
      }
    });
    const session = open({ retry: 0 });
    await (async () => {
      await touch(await session.get(`${server.origin}/endless`));
    })();
    await session.get(server.origin).text();
    expect(session.stats().sockets).toBe(2);
    // Collections and turns of the loop until its finalizer has run.
    for (let turn = 0; turn < 100 && session.stats().sockets > 1; turn++) {
      globalThis.gc?.();
      await session.get(server.origin).text();
    }
    expect(session.stats()).toMatchObject({ sockets: 1, unreadBodies: 0, inFlight: 0 });
    await server.peers[0]?.closed();
  });

  test.each<[string, SessionOptions, ((session: Session) => unknown)?]>([
    [
      'a middleware replaced',
      {},
      (session) =>
        session.use(async (request, next) => (await next(request), new Response('other'))),
    ],
    [
      'a middleware dropped for an error',
      {},
      (session) =>
        session.use(async (request, next) =>
          Promise.reject(new Error(String((await next(request)).status))),
        ),
    ],
    [
      'credentials replaced',
      { auth: async (request, next) => (await next(request), new Response('other')) },
    ],
    ['a hook replaced', { hooks: { afterResponse: [() => new Response('other')] } }],
  ])(
    'a large one that %s frees its connection when it is collected',
    async (_name, options, change) => {
      const { a } = sites();
      const session = open(options);
      change?.(session);
      await session.get(a.url('bytes', { n: 20 * MiB })).then(
        (response) => response.text(),
        () => {},
      );
      for (let turn = 0; turn < 10 && session.stats().sockets > 0; turn++) await collect();
      expect(session.stats()).toMatchObject({ sockets: 0, unreadBodies: 0 });
    },
  );

  describe.each<[string, (origin: string) => Session]>([
    ['undici', () => open({ retry: 0 })],
    ['fetch', () => open({ retry: 0, transport: fetchTransport() })],
  ])('over %s, what somebody still reads is not collected', (_name, make) => {
    const readers: [string, (session: Session, url: string) => Promise<unknown>][] = [
      ['by a shortcut', (session, url) => session.get(url).text()],
      ['from a response that is gone', async (session, url) => (await session.get(url)).text()],
      [
        'by its lines',
        async (session, url) => {
          let text = '';
          for await (const line of session.get(url).lines()) text += line;
          return text;
        },
      ],
      [
        'from its stream',
        async (session, url) => new Response((await session.get(url)).body).text(),
      ],
      [
        'from its stream, later',
        async (session, url) => {
          const { body } = await session.get(url);
          await collect();
          return new Response(body).text();
        },
      ],
      [
        'from a clone',
        async (session, url) => {
          const copy = (await session.get(url)).clone();
          await collect();
          return copy.text();
        },
      ],
    ];

    test.each(readers)('%s', async (_way, read) => {
      const next = deferred();
      const server = await rawServer(async (peer) => {
        await peer.request();
        await peer.write('HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello ');
        await next.promise;
        await peer.write('world');
      });
      const session = make(server.origin);
      const text = read(session, server.origin);
      await server.connections(1);
      await collect();
      next.resolve();
      expect(await text).toBe('hello world');
    });
  });

  test('a call that waits behind unread bodies goes on when one is read', async () => {
    const { a } = sites();
    const { undiciTransport } = await import('isosession/node');
    const session = open({ transport: undiciTransport({ connections: 2 }) });
    const held = await Promise.all(
      [1, 2].map((n) => session.get(a.url('bytes', { n: 5 * MiB + n }))),
    );
    const waiting = session.get(a.url('echo')).text();
    while (session.stats().unreadBodies < 2) await new Promise(setImmediate);
    expect(session.stats()).toMatchObject({ queued: 1, unreadBodies: 2 });
    expect((await held[0]?.bytes())?.length).toBe(5 * MiB + 1);
    expect(await waiting).toContain('echo');
  });
});
