import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LookupFunction } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { alwaysOn, h2Server } from '../../support/h2-raw.ts';
import { bodyOf, openHttp2, reply, serveHttp2 } from '../../support/http2.ts';

const storage = new AsyncLocalStorage<string>();
const maxConcurrentStreams = 3;
const names = ['create', 'bodySent', 'bodyChunkSent', 'headers', 'bodyChunkReceived', 'trailers'];

describe('L6: over HTTP/2 too, what runs for a call runs in its async context', () => {
  test.each([1, 100])('first, reused and queued, at %i streams at most', async (most) => {
    const { origin } = await serveHttp2(
      (stream) => void bodyOf(stream).then(() => reply(stream, 'x'.repeat(100_000))),
      { settings: { maxConcurrentStreams: most } },
    );
    const [leaks, ran] = [[] as string[], new Set<string>()];
    const note = (what: string, call: string): void => {
      ran.add(what);
      if (storage.getStore() !== call) leaks.push(`${what} of ${call} in ${storage.getStore()}`);
    };
    for (const name of names) {
      const listener = (message: unknown): void =>
        note(name, (message as { request: { path: string } }).request.path);
      subscribe(`undici:request:${name}`, listener);
      onTestFinished(() => void unsubscribe(`undici:request:${name}`, listener));
    }
    const session = openHttp2();
    const send = (call: string): Promise<string> =>
      storage.run(call, () =>
        session
          .put(origin + call, {
            async *body() {
              note('body', call);
              yield 'one';
              await new Promise(setImmediate);
              note('body', call);
            },
            onUploadProgress: () => note('upload progress', call),
            onDownloadProgress: () => note('download progress', call),
          })
          .text(),
      );
    for (const call of ['/1', '/2']) await send(call);
    await Promise.all(['/3', '/4', '/5', '/6', '/7', '/8'].map(send));
    expect(leaks).toEqual([]);
    const all = [...names, 'body', 'upload progress', 'download progress'];
    expect([...ran].sort()).toEqual(all.sort());
  });

  test('lookup, by whom a connection is opened', async () => {
    // Each connection carries one call.
    const server = await h2Server(
      alwaysOn((peer, stream) => {
        peer.goaway(stream);
        peer.answer(stream);
      }),
      [[maxConcurrentStreams, 1]],
    );
    const stores: unknown[] = [];
    const lookup: LookupFunction = (_name, _options, callback) => {
      stores.push(storage.getStore());
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const session = openHttp2({}, { lookup });
    const calls = ['1', '2', '3'];
    const send = (): Promise<string> => session.get(server.origin).text();
    await Promise.all(calls.map((call) => storage.run(call, send)));
    expect(stores).toEqual(calls);
  });
});
