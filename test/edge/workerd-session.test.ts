import { describe, expect, inject, test } from 'vitest';
import { Site } from '../support/contract.ts';
import { bundle, dates, withWorker } from './workerd.ts';

await bundle('shared-session');

describe.each([dates.latest, dates.early])(
  'with the compatibility date %s, a session that all requests to a worker share',
  (date) => {
    interface Answer {
      status?: number;
      text?: string;
      error?: string;
      phase?: string;
    }

    type Call = (query: Record<string, string>, signal?: AbortSignal) => Promise<Answer>;

    /** Starts the worker, and runs with a folder on the test server and a call by the worker. */
    function use<T>(run: (base: string, call: Call, folder: Site) => Promise<T>): Promise<T> {
      const folder = new Site(inject('originA'), crypto.randomUUID());
      return withWorker('shared-session', date, (origin) =>
        run(
          folder.base,
          async (query, signal = AbortSignal.timeout(20_000)) => {
            const response = await fetch(`${origin}?${new URLSearchParams(query).toString()}`, {
              signal,
            });
            const text = await response.text();
            return response.ok ? (JSON.parse(text) as Answer) : { error: text };
          },
          folder,
        ),
      );
    }

    test('keeps a login from one request to the next', async () => {
      await use(async (base, call) => {
        expect(await call({ url: `${base}me` })).toMatchObject({ status: 401 });
        await call({ url: `${base}login`, method: 'POST', form: 'user=ann&password=open+sesame' });
        expect(await call({ url: `${base}me` })).toEqual({ status: 200, text: '{"user":"ann"}' });
      });
    });

    test('times each request by itself, whatever timers another one began', async () => {
      await use(async (base, call) => {
        expect(await call({ url: `${base}echo`, timeout: '300' })).toMatchObject({ status: 200 });
        expect(await call({ url: `${base}never`, timeout: '300' })).toMatchObject({
          phase: 'response',
        });
        const bodies = [1, 2, 3].map((key) =>
          call({ url: `${base}gated?first=x&key=${key}`, timeout: '300' }),
        );
        expect(await Promise.all(bodies)).toMatchObject(bodies.map(() => ({ phase: 'body' })));
      });
    });

    test('goes on after a request whose sender went away in the middle of a call', async () => {
      await use(async (base, call, folder) => {
        const leaving = new AbortController();
        const left = call({ url: `${base}never` }, leaving.signal);
        await folder.requests({ requests: 1 });
        leaving.abort();
        await expect(left).rejects.toThrow('aborted');
        expect(await call({ url: `${base}never`, timeout: '300' })).toMatchObject({
          phase: 'response',
        });
        expect(await call({ url: `${base}echo` })).toMatchObject({ status: 200 });
      });
    });
  },
);
