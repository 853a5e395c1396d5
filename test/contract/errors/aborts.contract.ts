import { describe, expect, test } from 'vitest';
import { deferred, inBrowser, open, reasonOf, sites } from '../../support/contract.ts';

describe("a caller's own abort", () => {
  test('before the call nothing is sent and the reason is what the signal has', async () => {
    const { a } = sites();
    const reason = { mine: true };
    expect(await reasonOf(open().get(a.url('echo'), { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    expect(await a.requests()).toEqual([]);
  });

  test("without a reason it is the platform's AbortError, untouched", async () => {
    const { a } = sites();
    const signal = AbortSignal.abort();
    const error = await reasonOf(open().get(a.url('echo'), { signal }));
    expect(error).toBe(signal.reason);
    expect(error).toMatchObject({ name: 'AbortError' });
  });

  test('before the headers it rejects at once, and the request is given up', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const call = open().get(a.url('never'), { signal: stop.signal });
    await a.requests({ requests: 1 });
    const reason = new Error('changed my mind');
    stop.abort(reason);
    expect(await reasonOf(call)).toBe(reason);
    expect((await a.requests({ aborted: 1 }))[0]?.end).toBe('aborted');
  });

  test('in the same turn as the call it keeps the request from being sent', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const call = open().get(a.url('echo'), { signal: stop.signal });
    stop.abort('now');
    expect(await reasonOf(call)).toBe('now');
    expect(await a.requests()).toEqual([]);
  });

  test('in the middle of a body every way to read it rejects with the reason', async () => {
    const { a } = sites();
    const session = open();
    const reason = new Error('enough');
    const readings: ((signal: AbortSignal, started: () => void) => Promise<unknown>)[] = [
      async (signal, started) => {
        const response = await session.get(a.url('gated', { first: 'x' }), { signal });
        const text = response.text();
        started();
        return text;
      },
      async (signal, started) => {
        const reader = (
          (await session.get(a.url('gated', { first: 'x' }), { signal }))
            .body as ReadableStream<Uint8Array>
        ).getReader();
        await reader.read();
        const second = reader.read();
        started();
        return second;
      },
      async (signal, started) => {
        for await (const line of session
          .get(a.url('gated', { first: 'x\ny' }), { signal })
          .lines()) {
          expect(line).toBe('x');
          started();
        }
      },
    ];
    for (const read of readings) {
      const stop = new AbortController();
      const started = deferred();
      const reading = reasonOf(read(stop.signal, started.resolve));
      await started.promise;
      stop.abort(reason);
      expect(await reading).toBe(reason);
    }
    await a.requests({ aborted: 3 });
  });

  test('after the body has ended it changes nothing', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const response = await open().get(a.url('reply', { text: 'whole' }), { signal: stop.signal });
    const text = response.text();
    expect(await text).toBe('whole');
    stop.abort();
    expect(await text).toBe('whole');
    expect(response.status).toBe(200);
  });

  test('one signal for many calls ends them all and then the session works on', async () => {
    const { a } = sites();
    const session = open();
    const stop = new AbortController();
    const calls = Array.from({ length: 5 }, (_, n) =>
      session.get(a.url('never', { n }), { signal: stop.signal }),
    );
    await a.requests({ requests: inBrowser ? 1 : 5 });
    stop.abort('all');
    expect(await Promise.all(calls.map(reasonOf))).toEqual(Array(5).fill('all'));
    expect((await session.get(a.url('echo'))).status).toBe(200);
  });

  test('the signal of a Request counts like the option', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const call = open().request(new Request(a.url('never'), { signal: stop.signal }));
    await a.requests({ requests: 1 });
    stop.abort('request');
    expect(await reasonOf(call)).toBe('request');
  });

  test('signal: null is none', async () => {
    const { a } = sites();
    expect((await open().get(a.url('echo'), { signal: null })).status).toBe(200);
  });
});
