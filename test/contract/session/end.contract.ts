import { SessionClosedError, type Transport } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inNode,
  inProcess,
  open,
  reasonOf,
  rejection,
  sites,
  thrown,
  wireTest,
} from '../../support/contract.ts';

const url = 'http://app.test/';

describe('close', () => {
  test('may be called many times, and a later call rejects with SessionClosedError', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    expect(session.closed).toBe(false);
    await session.get('echo');
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(session.closed).toBe(true);
    expect((await rejection(session.get('echo'), SessionClosedError)).code).toBe(
      'ERR_SESSION_CLOSED',
    );
    await rejection(session.get('echo').json(), SessionClosedError);
    await rejection(session.fetch(a.url('echo')), TypeError);
    expect(await a.requests()).toHaveLength(1);
  });

  test('use(), mount() and extend() then throw, of a child as well', async () => {
    const session = open();
    const child = session.extend();
    await session.close();
    for (const closed of [session, child]) {
      thrown(() => closed.use((request, next) => next(request)), SessionClosedError);
      thrown(
        () =>
          closed.mount(
            url,
            inProcess(() => new Response()),
          ),
        SessionClosedError,
      );
      thrown(() => closed.extend(), SessionClosedError);
    }
  });

  test('waits for nothing when nothing is under way', async () => {
    const session = open();
    await session.close();
    expect(session.stats()).toMatchObject({ inFlight: 0, sockets: 0 });
  });

  test('Symbol.asyncDispose closes', async () => {
    const session = open();
    await session[Symbol.asyncDispose]();
    expect(session.closed).toBe(true);
  });

  test('calls whose headers are awaited go on to their end', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const call = session.get('held?key=k').json();
    await a.requests({ requests: 1 });
    expect(session.stats().inFlight).toBe(1);
    const closed = session.close();
    await rejection(session.get('echo'), SessionClosedError);
    await a.release('k');
    expect(await call).toEqual({ released: true });
    await closed;
    expect(session.stats().inFlight).toBe(0);
  });

  test('calls under way go on with their retries and redirects', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, retry: { delay: () => 0 } });
    const retried = session.get('flaky', { searchParams: { fails: 2 } });
    const redirected = session.get('chain?n=3');
    await a.requests({ requests: 1 });
    await session.close();
    expect([(await retried).attempts, (await redirected).status]).toEqual([3, 200]);
  });

  test('a body that somebody reads goes on to its end', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const response = await session.get('gated', {
      searchParams: { first: 'x', rest: 'y', key: 'k' },
    });
    const text = response.text();
    const closed = session.close();
    await a.release('k');
    expect(await text).toBe('xy');
    await closed;
  });

  test('a body that nobody reads never ends short without an error', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const response = await session.get('gated', { searchParams: { first: 'x', key: 'k' } });
    await session.close();
    await rejection(response.text(), SessionClosedError);
  });

  wireTest('a body that has arrived already stays readable', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const response = await session.get('reply?text=here');
    await response.clone().text();
    if (!inNode) return;
    const other = await session.get('reply?text=here');
    // A second call on the same connection shows that the first body has come as a whole.
    await session.get('echo');
    await session.close();
    expect(await other.text()).toBe('here');
  });
});

describe('destroy', () => {
  test('rejects what is under way with SessionClosedError', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const call = reasonOf(session.get('never'));
    const response = await session.get('gated?first=x');
    const reading = reasonOf(response.text());
    await a.requests({ requests: 2 });
    await session.destroy();
    expect(await call).toBeInstanceOf(SessionClosedError);
    expect(await reading).toBeInstanceOf(SessionClosedError);
    expect(session.closed).toBe(true);
    await a.requests({ aborted: 2 });
  });

  test('rejects it with the given reason, and later calls with its own error', async () => {
    const { a } = sites();
    const reason = new Error('shutting down');
    const session = open({ baseUrl: a.base });
    const call = reasonOf(session.get('never'));
    await a.requests({ requests: 1 });
    await session.destroy(reason);
    expect(await call).toBe(reason);
    await rejection(session.get('echo'), SessionClosedError);
    await session.destroy();
    await session.close();
  });

  test('ends the wait for a retry', async () => {
    const { a } = sites();
    let waiting: () => void = () => {};
    const started = new Promise<void>((resolve) => (waiting = resolve));
    const session = open({
      baseUrl: a.base,
      retry: { delay: () => 1_000_000 },
      hooks: { beforeRetry: [() => waiting()] },
    });
    const call = reasonOf(session.get('flaky?fails=9'));
    await started;
    await session.destroy();
    expect(await call).toBeInstanceOf(SessionClosedError);
  });

  test('ends a close that waits', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const call = reasonOf(session.get('never'));
    await a.requests({ requests: 1 });
    const closed = session.close();
    await session.destroy();
    await closed;
    expect(await call).toBeInstanceOf(SessionClosedError);
  });
});

describe("transports of one's own", () => {
  test('are closed or destroyed with their session, each once', async () => {
    const log: string[] = [];
    const logged = (name: string): Transport => ({
      send: () => Promise.resolve(new Response()),
      close: () => Promise.resolve(void log.push(`close ${name}`)),
      destroy: (reason) => Promise.resolve(void log.push(`destroy ${name} ${String(reason)}`)),
    });
    const one = open({ transport: logged('own') }).mount(url, logged('mounted'));
    await one.get(url);
    await one.close();
    await one.close();
    expect(log.sort()).toEqual(['close mounted', 'close own']);
    log.length = 0;
    const two = open({ transport: logged('own') });
    await two.destroy('reason');
    expect(log).toEqual(['destroy own reason']);
  });
});

describe('stats', () => {
  test('an idle session holds nothing', () => {
    expect(open().stats()).toEqual({
      sockets: 0,
      queued: 0,
      inFlight: 0,
      unreadBodies: 0,
      cookies: 0,
    });
  });

  test('inFlight counts the calls whose response is awaited', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const calls = [session.get('held?key=k'), session.get('held?key=k&n=2')];
    await a.requests({ requests: 2 });
    expect(session.stats().inFlight).toBe(2);
    if (inNode) expect(session.stats().sockets).toBe(2);
    await a.release('k');
    await Promise.all(calls);
    expect(session.stats().inFlight).toBe(0);
  });
});
