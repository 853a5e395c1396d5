import type { RetryOptions } from 'isosession';
import { vi } from 'vitest';
import { inProcess, open } from '../../support/contract.ts';

/** Fakes what waits for time. Sockets and microtasks stay real. */
export function fakeTimers(): void {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
}

/**
 * The waits that a session decides on while every response fails. Time is faked: none is slept for
 * real.
 */
export async function recordWaits(
  retry: RetryOptions,
  respond: () => Response,
  clock = new Date(),
): Promise<{ delays: number[]; attempts: number; elapsed: number }> {
  fakeTimers();
  vi.setSystemTime(clock);
  const delays: number[] = [];
  const session = open({
    retry,
    transport: inProcess(respond),
    hooks: { beforeRetry: [({ delay }) => void delays.push(delay)] },
    timeout: false,
  });
  const start = Date.now();
  let isUnderWay = true;
  const call = session.get('http://app.test/').finally(() => (isUnderWay = false));
  // A chunk may come over the network, for which no faked time waits.
  while (isUnderWay) await vi.runAllTimersAsync();
  const { attempts } = await call;
  return { delays, attempts, elapsed: Date.now() - start };
}

/** Answers every request with one status. */
export const answerWith =
  (code: number, headers: Record<string, string> = {}) =>
  () =>
    new Response(`status ${code}`, { status: code, headers });
