import type { RequestOptions, Session, SessionResponse, TransportRequest } from 'isosession';
import { cache, type CacheOptions } from 'isosession/middleware';
import { onTestFinished, vi } from 'vitest';
import { inProcess, open } from '../../support/contract.ts';

export const url = 'http://api.test/items';
export type Fields = Record<string, string>;

/** Lets time pass by the wall clock alone. */
export function clock(): (seconds: number) => void {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  return (seconds) => void vi.setSystemTime(Date.now() + seconds * 1000);
}

/** A server that counts, and answers with these headers, or by a function. */
export function serve(answer: Fields | ((request: TransportRequest, count: number) => Response)) {
  return inProcess((request, count) =>
    typeof answer === 'function'
      ? answer(request, count)
      : new Response(`answer ${count}`, { headers: answer }),
  );
}

export function openCached(transport: ReturnType<typeof serve>, options?: CacheOptions): Session {
  return open({ transport, retry: 0 }).use(cache(options));
}

export async function read(session: Session, options?: RequestOptions) {
  const response = await session.request(url, options);
  return { text: await response.text(), status: response.headers.get('cache-status') };
}
export const statusOf = (response: SessionResponse) => response.headers.get('cache-status');
export const hour = { 'cache-control': 'max-age=3600' };
