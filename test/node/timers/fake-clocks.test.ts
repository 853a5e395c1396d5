/**
 * Clocks that tests put in the place of the process's own: whichever of its functions they replace,
 * and whenever, timeouts go by the clock that is there when a call needs one.
 */
import { mock } from 'node:test';
import { install } from '@sinonjs/fake-timers';
import { fetchTransport, type SessionOptions, type TimeoutOptions } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { deferred, open, reasonOf } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

type Fakes = NonNullable<NonNullable<Parameters<typeof vi.useFakeTimers>[0]>['toFake']>;

const realSetTimeout = setTimeout;
const realSetImmediate = setImmediate;

/** Of no other test: deadlines of one duration have a timer in common. */
let ms = 150;

beforeEach(() => void ms++);
afterEach(() => void vi.useRealTimers());

/** Lets real time pass, whatever clock is there. */
const pass = (time: number) => new Promise((resolve) => realSetTimeout(resolve, time));

/** A call whose server has its request and says no more, and what it rejects with. */
async function unanswered(timeout: TimeoutOptions): Promise<{ reason: Promise<unknown> }> {
  const reached = deferred();
  const server = await rawServer(async (peer) => {
    await peer.request();
    reached.resolve();
  });
  const reason = reasonOf(open({ retry: 0, timeout }).get(server.origin).text());
  await reached.promise;
  return { reason };
}

/** A call of which the headers and the beginning of the body have come, and nothing else does. */
async function halfAnswered(timeout: TimeoutOptions): Promise<{ reason: Promise<unknown> }> {
  const begun = deferred();
  const server = await rawServer(always('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
  const session = open({ retry: 0, timeout, onDownloadProgress: () => begun.resolve() });
  const reason = reasonOf(session.get(server.origin).text());
  await begun.promise;
  // It is being read by then.
  await new Promise((resolve) => realSetImmediate(resolve));
  return { reason };
}

/** A call that is answered. */
async function answered(options: SessionOptions = {}): Promise<void> {
  const server = await rawServer(always(answer('ok')));
  expect(
    await open({ retry: 0, ...options })
      .get(server.origin)
      .text(),
  ).toBe('ok');
}

const withTimers: { name: string; toFake?: Fakes }[] = [
  { name: 'all that Vitest fakes' },
  { name: 'setTimeout alone', toFake: ['setTimeout'] },
  { name: 'setTimeout and clearTimeout', toFake: ['setTimeout', 'clearTimeout'] },
  { name: 'setTimeout and Date', toFake: ['setTimeout', 'clearTimeout', 'Date'] },
  { name: 'all but performance', toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date'] },
  { name: 'setTimeout and performance', toFake: ['setTimeout', 'clearTimeout', 'performance'] },
];

const withoutTimers: { name: string; toFake: Fakes }[] = [
  { name: 'Date', toFake: ['Date'] },
  { name: 'performance', toFake: ['performance'] },
  { name: 'hrtime', toFake: ['hrtime'] },
  { name: 'setInterval', toFake: ['setInterval', 'clearInterval'] },
  { name: 'setImmediate', toFake: ['setImmediate', 'clearImmediate'] },
  { name: 'clearTimeout', toFake: ['clearTimeout'] },
  { name: 'queueMicrotask', toFake: ['queueMicrotask'] },
];

describe.each(withTimers)('F36: a fake clock of $name', ({ toFake }) => {
  const fake = () => void vi.useFakeTimers(toFake && { toFake });

  test('leaves no timeout behind that does not fire', async () => {
    fake();
    await answered({ timeout: { connect: ms, response: ms, body: ms, total: ms } });
    vi.useRealTimers();
    for (const phase of ['response', 'total'] as const) {
      const { reason } = await unanswered({ [phase]: ms });
      expect(await reason).toMatchObject({ phase, timeout: ms });
    }
    const { reason } = await halfAnswered({ body: ms });
    expect(await reason).toMatchObject({ phase: 'body', timeout: ms });
  });

  test('leaves none behind when its timers are cleared, for calls under it', async () => {
    fake();
    await answered({ timeout: { response: ms } });
    vi.clearAllTimers();
    const { reason } = await unanswered({ response: ms });
    vi.advanceTimersByTime(ms);
    expect(await reason).toMatchObject({ phase: 'response' });
  });

  test('ends a call when it is advanced, in every phase, and not before', async () => {
    fake();
    for (const phase of ['response', 'body', 'total'] as const) {
      const begin = phase === 'body' ? halfAnswered : unanswered;
      const { reason } = await begin({ [phase]: ms });
      vi.advanceTimersByTime(ms - 1);
      expect(await Promise.race([reason, pass(ms + 50)])).toBeUndefined();
      vi.advanceTimersByTime(1);
      expect(await reason).toMatchObject({ phase, timeout: ms });
    }
  });

  test('ends the opening of a connection when it is advanced', async () => {
    fake();
    const asked = deferred();
    const transport = undiciTransport({ lookup: () => asked.resolve() });
    const session = open({ retry: 0, timeout: { connect: ms }, transport });
    const reason = reasonOf(session.get('http://never.test/'));
    await asked.promise;
    vi.advanceTimersByTime(ms);
    expect(await reason).toMatchObject({ phase: 'connect' });
  });

  test('that comes during a call leaves it the clock that it has', async () => {
    const { reason } = await unanswered({ response: ms });
    const { reason: another } = await halfAnswered({ body: ms });
    fake();
    expect(await reason).toMatchObject({ phase: 'response' });
    expect(await another).toMatchObject({ phase: 'body' });
  });

  // Where only setTimeout is its own, nobody can clear its timers.
  test.skipIf(toFake?.length === 1)('leaves nothing waiting of a call that is over', async () => {
    fake();
    await answered({ timeout: { connect: ms, response: ms, body: ms, total: ms } });
    // What may be left is the connection's: how long it is kept idle, and its age.
    expect(vi.getTimerCount()).toBeLessThanOrEqual(2);
  });

  test('does not keep a session from closing', async () => {
    const server = await rawServer(always(answer('x'.repeat(2_000_000))));
    fake();
    const session = open({ retry: 0 });
    const call = session.get(server.origin);
    const closed = session.close();
    await call;
    await closed;
    expect(session.stats().sockets).toBe(0);
  });
});

describe.each(withoutTimers)('a fake $name', ({ toFake }) => {
  test('stops no timeout, and brings none forward', async () => {
    const { reason: before } = await unanswered({ response: ms });
    vi.useFakeTimers({ toFake });
    const started = globalThis.process.uptime();
    const { reason: under } = await unanswered({ response: ms, total: 10 * ms });
    const { reason: body } = await halfAnswered({ body: ms });
    expect(await before).toMatchObject({ phase: 'response' });
    expect(await under).toMatchObject({ phase: 'response' });
    expect(await body).toMatchObject({ phase: 'body' });
    expect((globalThis.process.uptime() - started) * 1000).toBeGreaterThan(ms - 20);
    vi.useRealTimers();
    const { reason: after } = await unanswered({ response: ms });
    expect(await after).toMatchObject({ phase: 'response' });
  });
});

test("a clock of Node's own test runner ends a call, and leaves nothing behind", async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  onTestFinished(() => mock.timers.reset());
  await answered({ timeout: { response: ms } });
  const { reason } = await unanswered({ response: ms });
  mock.timers.tick(ms);
  expect(await reason).toMatchObject({ phase: 'response' });
  mock.timers.reset();
  const { reason: after } = await unanswered({ response: ms });
  expect(await after).toMatchObject({ phase: 'response' });
});

describe('a body of another transport', () => {
  test('is not ended by the timer of a clock that was there before', async () => {
    const chunks: ReadableStreamDefaultController<Uint8Array>[] = [];
    const body = () => new ReadableStream<Uint8Array>({ start: (to) => void chunks.push(to) });
    const transport = fetchTransport({ fetch: async () => new Response(body()) });
    const session = open({ transport, timeout: { body: ms } });
    const stream = (await session.get('http://app.test/')).body as ReadableStream<Uint8Array>;
    const reader = stream.getReader();
    const first = reader.read();
    // The stream asks for its first chunk a little later.
    await pass(5);
    // Unlike Vitest's, it does not clear what is not its own.
    const clock = install({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => clock.uninstall());
    chunks[0]?.enqueue(Uint8Array.of(1));
    expect((await first).value).toEqual(Uint8Array.of(1));
    const second = reader.read();
    await pass(2 * ms);
    chunks[0]?.enqueue(Uint8Array.of(2));
    expect((await second).value).toEqual(Uint8Array.of(2));
  });
});

describe('a library that was loaded under a fake clock', () => {
  test.each(withTimers)('of $name keeps its timeouts beyond it', async ({ toFake }) => {
    const server = await rawServer(async (peer) => void (await peer.request()));
    vi.resetModules();
    vi.useFakeTimers(toFake && { toFake });
    const { Session } = await import('isosession');
    await using session = new Session({ retry: 0, timeout: { response: ms } });
    const under = reasonOf(session.get(server.origin));
    // It has been sent, and so its clock runs.
    while (server.requests.length < 1) await new Promise((resolve) => realSetImmediate(resolve));
    // Its end is looked for in a turn of the loop that this clock makes, too.
    vi.advanceTimersByTime(ms);
    vi.advanceTimersByTime(1);
    expect(await under).toMatchObject({ phase: 'response' });
    vi.useRealTimers();
    expect(await reasonOf(session.get(server.origin))).toMatchObject({ phase: 'response' });
    const large = await rawServer(always(answer('x'.repeat(2_000_000))));
    const call = session.get(large.origin);
    const closed = session.close();
    await call;
    await closed;
  });
});
