/** The retry budget: retries do not make an outage worse. */
import type { Transport } from 'isosession';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { developmentTest, inProcess, open, rejection, reasonOf } from '../../support/contract.ts';
import { NetworkError, InvalidRequestError } from 'isosession';
import { answerWith } from './fake-time.ts';

afterEach(() => {
  vi.useRealTimers();
});

const url = 'http://app.test/';

/** Time stands still but for what a test lets pass; timers are real. */
function fakeClock(): void {
  vi.useFakeTimers({ toFake: ['performance'] });
}

/** Makes so many calls, one after the other; gives how many attempts they took. */
async function attemptsOf(session: ReturnType<typeof open>, calls: number, at = url) {
  let attempts = 0;
  for (let call = 0; call < calls; call++) attempts += (await session.get(at)).attempts;
  return attempts;
}

describe('the bucket of an origin', () => {
  const retry = { limit: 1, delay: () => 0 };
  const broken = () => inProcess(answerWith(503));

  test('has a hundred retries, and each call adds 0.2', async () => {
    fakeClock();
    const session = open({ transport: broken(), retry });
    // After 125 calls, a hundred and the fifth part of those that came after the first.
    expect(await attemptsOf(session, 200)).toBe(200 + 100 + 39);
  });

  test('gets one more each second, up to a hundred', async () => {
    fakeClock();
    const session = open({ transport: broken(), retry: { ...retry, budget: 0 } });
    expect(await attemptsOf(session, 150)).toBe(250);
    vi.advanceTimersByTime(3000);
    expect(await attemptsOf(session, 10)).toBe(13);
    vi.advanceTimersByTime(3_600_000);
    expect(await attemptsOf(session, 150)).toBe(250);
  });

  test('is one of each origin, and one of all sessions that share connections', async () => {
    fakeClock();
    const session = open({ transport: broken(), retry: { ...retry, budget: 0 } });
    expect(await attemptsOf(session, 100)).toBe(200);
    expect(await attemptsOf(session.extend(), 10)).toBe(10);
    expect(await attemptsOf(session, 10, 'http://other.test/')).toBe(20);
    expect(await attemptsOf(open({ transport: broken(), retry }), 10)).toBe(20);
  });

  test('is left alone with budget: false', async () => {
    const session = open({ transport: broken(), retry: { ...retry, budget: false } });
    expect(await attemptsOf(session, 200)).toBe(400);
  });

  test('is forgotten where a thousand other origins have failed since', async () => {
    fakeClock();
    const session = open({ transport: broken(), retry: { ...retry, budget: 0 } });
    expect(await attemptsOf(session, 101)).toBe(201);
    const others = Array.from({ length: 1000 }, (_, at) => `http://h${at}.test/`);
    await Promise.all(others.map((other) => session.get(other)));
    expect(await attemptsOf(session, 1)).toBe(2);
  });
});

describe('a retry that is refused', () => {
  async function emptied(transport: Transport) {
    const delays: number[] = [];
    const session = open({
      transport,
      retry: { limit: 1, delay: () => 0, budget: 0 },
      hooks: { beforeRetry: [({ delay }) => void delays.push(delay)] },
    });
    for (let call = 0; call < 100; call++) await session.get(url).catch(() => undefined);
    expect(delays).toHaveLength(100);
    delays.length = 0;
    return { session, delays };
  }

  test('gives the response, its body readable, and calls no hook', async () => {
    fakeClock();
    const { session, delays } = await emptied(inProcess(answerWith(503)));
    const response = await session.get(url);
    expect([response.status, response.attempts, await response.text()]).toEqual([
      503,
      1,
      'status 503',
    ]);
    expect(delays).toEqual([]);
  });

  test('gives the error', async () => {
    fakeClock();
    const error = new NetworkError('refused');
    const { session, delays } = await emptied({ send: () => Promise.reject(error) });
    expect(await reasonOf(session.get(url))).toBe(error);
    expect(delays).toEqual([]);
  });

  test('is refused to shouldRetry, too', async () => {
    fakeClock();
    const { session } = await emptied(inProcess(answerWith(503)));
    const response = await session.get(url, { retry: { shouldRetry: () => true } });
    expect(response.attempts).toBe(1);
  });
});

developmentTest('a budget is a number or false', async () => {
  for (const budget of [-1, true, '1'] as never[])
    expect(
      (await rejection(open().get(url, { retry: { budget } }), InvalidRequestError)).message,
    ).toContain('retry.budget');
});
