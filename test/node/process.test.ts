import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../support/child.ts';

/** A server that the children call. */
async function serve(): Promise<string> {
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    if (request.url === '/never') return;
    if (request.url === '/large') return void response.end(Buffer.alloc(20_000_000));
    if (request.url === '/redirect')
      return void response.writeHead(302, { location: '/' }).write('x');
    if (request.url === '/503') return void response.writeHead(503).end();
    if (request.url === '/slow') return void setTimeout(() => response.end('answer'), 400);
    if (request.url === '/slow-body') {
      response.write('first');
      return void setTimeout(() => response.end(' rest'), 400);
    }
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('F29: a process ends by itself', () => {
  test.each([
    'nothing',
    'idle',
    'unread',
    'unread with a deadline',
    'redirected by a body without end',
    'aborted while it waits for a retry',
    'timed out',
    'closed',
    'destroyed',
    'a function of one call',
    'cookies and defaults set',
  ])(
    'after a session in this way: %s',
    async (way) => {
      const { code, lines, errors, lingered } = await runProgram('leave', [await serve(), way]);
      expect([code, lines, errors]).toEqual([0, ['done'], '']);
      expect(lingered).toBeLessThan(2000);
    },
    30_000,
  );

  test('but not while somebody waits for headers or reads a body', async () => {
    const { code, lines } = await runProgram('awaited', [await serve()]);
    expect([code, lines]).toEqual([0, ['answer', 'first rest']]);
  }, 30_000);
});

test('10,000 calls, aborts and failures leave no socket, timer, listener or error', async () => {
  const { code, lines, errors, lingered } = await runProgram('many-calls', ['10000']);
  expect(errors).toBe('');
  expect(JSON.parse(lines[0] ?? '{}')).toEqual({
    settled: 10_000,
    inFlight: 0,
    queued: 0,
    unreadBodies: 0,
    sockets: expect.any(Number) as number,
    listeners: 0,
    unhandled: [],
    warnings: [],
    resources: [],
    after: { sockets: 0, queued: 0, inFlight: 0, unreadBodies: 0, cookies: 1 },
  });
  expect(code).toBe(0);
  expect(lingered).toBeLessThan(2000);
}, 330_000);
