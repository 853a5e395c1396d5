import { get, type SessionOptions } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Agent, EnvHttpProxyAgent, MockAgent, setGlobalDispatcher } from 'undici';
import { open } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

const symbols = [
  Symbol.for('undici.globalDispatcher.1'),
  Symbol.for('undici.globalDispatcher.2'),
] as const;
const globals = globalThis as Record<symbol, unknown>;

beforeEach(() => {
  const before = symbols.map((symbol) => globals[symbol]);
  onTestFinished(() => symbols.forEach((symbol, n) => (globals[symbol] = before[n])));
});

/** A mock that answers at any path of an origin. */
function mock(origin: string): MockAgent {
  const agent = new MockAgent();
  agent.disableNetConnect();
  agent.get(origin).intercept({ path: /.*/ }).reply(200, 'mocked').persist();
  onTestFinished(() => agent.close());
  return agent;
}

describe("F46: a dispatcher of the application's own, set by setGlobalDispatcher", () => {
  test('answers calls of sessions, their children and standalone ones, from then on', async () => {
    const { origin } = await rawServer(always(answer('real')));
    const session = open({ trustEnv: false });
    const child = session.extend();
    expect(await session.get(origin).text()).toBe('real');
    setGlobalDispatcher(mock(origin));
    for (const call of [session.get(origin), child.get(origin), get(origin)])
      expect(await call.text()).toBe('mocked');
    setGlobalDispatcher(new Agent());
    for (const call of [session.get(origin), child.get(origin), get(origin)])
      expect(await call.text()).toBe('real');
  });

  test.each(symbols)('is seen behind %s alone', async (symbol) => {
    const { origin } = await rawServer(always(answer('real')));
    for (const other of symbols) globals[other] = undefined;
    globals[symbol] = mock(origin);
    expect(await open().get(origin).text()).toBe('mocked');
  });

  test("undici's own are none, nor is what one version has for another", async () => {
    const server = await rawServer(always(answer('real')));
    class Dispatcher1Wrapper {
      dispatch(): boolean {
        throw new Error('It was asked.');
      }
    }
    for (const own of [new Agent(), new EnvHttpProxyAgent(), new Dispatcher1Wrapper(), {}, false]) {
      for (const symbol of symbols) globals[symbol] = own;
      const session = open({ trustEnv: false });
      expect(await session.get(server.origin).text()).toBe('real');
      // It is our pools that have opened it.
      expect(session.stats().sockets).toBe(1);
    }
  });

  test.each<{ name: string; options: (proxy: string) => SessionOptions }>([
    { name: 'a transport', options: () => ({ transport: undiciTransport() }) },
    { name: 'a proxy', options: (proxy) => ({ proxy }) },
    { name: 'tls', options: () => ({ tls: { minVersion: 'TLSv1.3' } }) },
  ])('is not asked by a session that has $name', async ({ options }) => {
    const { origin } = await rawServer(always(answer('real')));
    const proxy = await rawServer(relay());
    setGlobalDispatcher(mock(origin));
    const session = open({ trustEnv: false, ...options(`http://127.0.0.1:${proxy.port}`) });
    expect(await session.get(origin).text()).toBe('real');
  });
});
