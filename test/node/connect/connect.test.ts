import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { NetworkError, TimeoutError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../../support/child.ts';
import { open, reasonOf, rejection, sites } from '../../support/contract.ts';
import { heapGrowth } from '../../support/heap-growth.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

type Address = { address: string; family: number };

/** Resolves every name to these addresses, in this order. */
const resolver = (...addresses: Address[]) =>
  ((_name: string, options: { all?: boolean }, callback: (...result: unknown[]) => void) => {
    if (options.all) callback(null, addresses);
    else callback(null, addresses[0]?.address, addresses[0]?.family);
  }) as never;

describe('F17: connections that do not come about', () => {
  test('a host whose first address is dead is reached by the next', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = open({
      retry: 0,
      transport: undiciTransport({
        lookup: resolver({ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }),
      }),
    });
    expect(await session.get(`http://two.test:${server.port}/`).text()).toBe('ok');
    expect(
      server.requests[0]?.lines
        .find((line) => /^host:/i.test(line))
        ?.slice(5)
        .trim(),
    ).toBe(`two.test:${server.port}`);
  });

  test('a host that resolves to nothing is a NetworkError', async () => {
    const session = open({ retry: 0, transport: undiciTransport({ lookup: resolver() }) });
    await rejection(session.get('http://none.test/'), NetworkError);
    expect(session.stats()).toMatchObject({ inFlight: 0, queued: 0, sockets: 0 });
  });

  // Node's own socket connects a second time when a lookup answers twice, and fails with EALREADY.
  test('a lookup that throws or answers twice is a typed error; the session works on', async () => {
    const server = await rawServer(always(answer('ok')));
    const cause = new Error('broken resolver');
    const throwing = open({
      retry: 0,
      transport: undiciTransport({
        lookup: () => {
          throw cause;
        },
      }),
    });
    expect(await reasonOf(throwing.get('http://x.test/'))).toMatchObject({
      code: 'ERR_NETWORK',
      cause,
    });
    const one: never = resolver({ address: '127.0.0.1', family: 4 });
    let doubled = true;
    const twice = open({
      retry: 0,
      transport: undiciTransport({
        lookup: (
          ...parts: Parameters<
            NonNullable<NonNullable<Parameters<typeof undiciTransport>[0]>['lookup']>
          >
        ) => {
          (one as (...args: unknown[]) => void)(...parts);
          if (doubled) (one as (...args: unknown[]) => void)(...parts);
        },
      }),
    });
    const outcome = await twice
      .get(`http://x.test:${server.port}/`)
      .text()
      .catch((error: unknown) => error);
    if (outcome !== 'ok') expect(outcome).toBeInstanceOf(NetworkError);
    doubled = false;
    expect(await twice.get(`http://x.test:${server.port}/`).text()).toBe('ok');
  });

  test('a host that takes no connection ends at the connect deadline with its socket', async () => {
    // Connections wait in the kernel's queue of a listener that is stopped; those beyond the queue
    // hang.
    const listener = spawn(
      process.execPath,
      [
        '-e',
        `const server = require('node:net').createServer();
        server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
          console.log(server.address().port);
        });`,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    onTestFinished(() => void listener.kill('SIGKILL'));
    const [text] = (await once(listener.stdout, 'data')) as [Buffer];
    const port = Number(text);
    listener.kill('SIGSTOP');
    const fillers: Socket[] = Array.from({ length: 8 }, () =>
      connect(port, '127.0.0.1').on('error', () => {}),
    );
    onTestFinished(() => fillers.forEach((socket) => socket.destroy()));
    await Promise.race(fillers.map((socket) => once(socket, 'connect')));
    const session = open({ retry: 0, timeout: { connect: 300 } });
    // The queue is full when a call hangs; until then each that gets in holds a place of it.
    const phases = await Promise.all(
      Array.from({ length: 8 }, () =>
        reasonOf(
          session.get(`http://127.0.0.1:${port}/`, { timeout: { connect: 300, response: 600 } }),
        ),
      ),
    );
    expect(phases.filter((error) => error instanceof TimeoutError)).toHaveLength(8);
    expect(phases).toContainEqual(expect.objectContaining({ phase: 'connect', timeout: 300 }));
    expect(session.stats()).toMatchObject({ sockets: 0, queued: 0, inFlight: 0 });
  });
});

test('P10: failing connections leave nothing behind', async () => {
  const server = await rawServer(() => {});
  await server.close();
  const session = open({ retry: 0 });
  const fail = async () => {
    for (let run = 0; run < 25; run++)
      await Promise.all(
        Array.from({ length: 20 }, () => rejection(session.get(server.origin), NetworkError)),
      );
  };
  expect(await heapGrowth(fail)).toBeLessThan(5_000_000);
  expect(session.stats()).toMatchObject({ sockets: 0, queued: 0, inFlight: 0 });
}, 30_000);

test('P10: after a thousand origins a session holds sockets for the living ones only', async () => {
  const server = await rawServer(always(answer('ok', 'HTTP/1.1 200 OK\r\nconnection: close\r\n')));
  const session = open({
    retry: 0,
    transport: undiciTransport({ lookup: resolver({ address: '127.0.0.1', family: 4 }) }),
  });
  for (let n = 0; n < 1000; n++)
    expect(await session.get(`http://h${n}.test:${server.port}/`).text()).toBe('ok');
  expect(session.stats().sockets).toBeLessThan(10);
}, 30_000);

test('F26: ten thousand calls at once succeed in order, over the sockets allowed', async () => {
  const { a } = sites();
  const session = open({ transport: undiciTransport({ connections: 32 }) });
  const order: number[] = [];
  const statuses = await Promise.all(
    Array.from({ length: 10_000 }, async (_, n) => {
      const response = await session.head(a.url('reply'));
      order.push(n);
      return response.status;
    }),
  );
  expect(statuses.filter((status) => status === 200)).toHaveLength(10_000);
  expect(session.stats().sockets).toBeLessThanOrEqual(32);
  expect(session.stats()).toMatchObject({ queued: 0, inFlight: 0 });
  // Fair: nobody is overtaken by more than what is in flight.
  expect(Math.max(...order.map((n, i) => Math.abs(n - i)))).toBeLessThan(200);
}, 60_000);

test('F28: without file descriptors calls are typed errors, until some are free', async () => {
  const server = await rawServer(always(answer('ok')));
  const { code, lines, errors } = await runProgram(
    'descriptors',
    [server.origin],
    [],
    {},
    'ulimit -n 64',
  );
  expect(errors).toBe('');
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({
    outcomes: Array(5).fill('EMFILE'),
    after: Array(5).fill('ok'),
    stats: { sockets: 0, queued: 0, inFlight: 0 },
  });
  expect(code).toBe(0);
}, 30_000);
