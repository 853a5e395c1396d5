/**
 * A test's clock in the place of `setImmediate`, by which undici waits before it uses a socket
 * again: calls go on without being told to, under that clock and after it.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mock } from 'node:test';
import type { Session } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { open } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { openHttp2, reply, serveHttp2 } from '../../support/http2.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

afterEach(() => {
  vi.useRealTimers();
  mock.timers.reset();
});

/** What tests put in, and how. */
const clocks: Record<string, () => void> = {
  "Vitest's own choice": () => void vi.useFakeTimers(),
  'setImmediate alone': () => void vi.useFakeTimers({ toFake: ['setImmediate'] }),
  "all but Node's own nextTick": () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'queueMicrotask', 'Date'] }),
  "that of Node's test runner": () => mock.timers.enable({ apis: ['setImmediate'] }),
};

async function* body(): AsyncGenerator<string> {
  yield await Promise.resolve('piece');
}

/** One after the other, and at once. */
async function callInTurn(session: Session, url: string): Promise<void> {
  const get = (): Promise<string> => session.get(url).text();
  const post = (): Promise<string> => session.post(url, { body: body() }).text();
  for (const call of [get, get, post, get]) expect(await call()).toBe('ok');
  expect(await Promise.all([get(), post(), get()])).toEqual(['ok', 'ok', 'ok']);
}

describe.each(Object.entries(clocks))('F36: calls go on under %s, and after it', (_, fake) => {
  test.each([1, 2])('over %i connections', async (connections) => {
    const { origin } = await rawServer(always(answer('ok')));
    const session = open({ trustEnv: false, transport: undiciTransport({ connections }) });
    await callInTurn(session, origin);
    fake();
    await callInTurn(session, origin);
    const another = session.extend({ transport: undiciTransport({ connections }) });
    await callInTurn(another, origin);
    await another.close();
    vi.useRealTimers();
    mock.timers.reset();
    await callInTurn(session, origin);
    expect(session.stats()).toMatchObject({ queued: 0, inFlight: 0 });
  });

  test('of calls that are observed, behind one another, and through a proxy', async () => {
    const observe = (): void => {};
    subscribe('undici:request:create', observe);
    onTestFinished(() => void unsubscribe('undici:request:create', observe));
    const { origin } = await rawServer(always(answer('ok')));
    const proxy = await rawServer(relay());
    const behind = undiciTransport({ connections: 1, pipelining: 3 });
    for (const transport of [behind, undiciTransport({ proxy: proxy.origin })]) {
      const session = open({ trustEnv: false, transport });
      fake();
      await callInTurn(session, origin);
      vi.useRealTimers();
      mock.timers.reset();
      await callInTurn(session, origin);
    }
  });

  test('over HTTP/2', async () => {
    const { origin } = await serveHttp2((stream) => reply(stream));
    const session = openHttp2();
    fake();
    await callInTurn(session, origin);
    vi.useRealTimers();
    mock.timers.reset();
    await callInTurn(session, origin);
  });
});
