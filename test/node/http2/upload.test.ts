import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { deferred, reasonOf, rejection } from '../../support/contract.ts';
import { bodyOf, openHttp2, reply, serveHttp2, until } from '../../support/http2.ts';

describe('uploads over HTTP/2', () => {
  test('text, bytes, forms and streams come as they are, with their known lengths', async () => {
    const { origin, connections } = await serveHttp2((stream, headers) => {
      void bodyOf(stream).then((body) =>
        reply(stream, `${headers['content-length']} ${body.toString('latin1')}`),
      );
    });
    const session = openHttp2();
    async function* pieces() {
      yield 'a';
      await Promise.resolve();
      yield new Uint8Array([98]);
    }
    expect(await session.post(origin, { body: 'text é' }).text()).toBe('7 text Ã©');
    expect(await session.post(origin, { body: new Uint8Array([1, 2]) }).text()).toBe('2 \x01\x02');
    expect(await session.post(origin, { body: pieces() }).text()).toBe('undefined ab');
    expect(await session.post(origin, { body: new Blob(['blob']) }).text()).toBe('4 blob');
    expect(await session.post(origin, { body: '' }).text()).toBe('0 ');
    expect(await session.post(origin).text()).toBe('0 ');
    expect(await session.delete(origin).text()).toBe('undefined ');
    expect(connections()).toBe(1);
  });

  test('a large one is pulled only as fast as the server takes it, with progress', async () => {
    const stop = deferred<void>();
    const size = 8 * 1024 * 1024;
    const { origin } = await serveHttp2((stream) => {
      void stop.promise.then(async () => reply(stream, String((await bodyOf(stream)).length)));
    });
    let pulled = 0;
    async function* large() {
      while (pulled < size) {
        pulled += 65_536;
        yield new Uint8Array(65_536);
        await Promise.resolve();
      }
    }
    const progress: number[] = [];
    const call = openHttp2()
      .post(origin, {
        body: large(),
        onUploadProgress: ({ transferredBytes }) => void progress.push(transferredBytes),
      })
      .text();
    await until(() => pulled > 0);
    for (let i = 0; i < 200; i++) await new Promise(setImmediate);
    expect(pulled).toBeLessThan(1024 * 1024);
    stop.resolve();
    expect(await call).toBe(String(size));
    expect([progress.length, progress.at(-1)]).toEqual([128, size]);
  });

  // Node counts what is still to be sent, and lets a client's session hold 10 MB of all.
  test('large ones hold up no answer, be it to others or to themselves', async () => {
    const stop = deferred<void>();
    const { origin, connections } = await serveHttp2((stream, headers) => {
      if (headers[':path'] !== '/slow') return reply(stream);
      void stop.promise.then(async () => reply(stream, String((await bodyOf(stream)).length)));
    });
    const session = openHttp2({ baseUrl: origin });
    const body = new Uint8Array(16_000_000);
    const upload = session.post('slow', { body }).text();
    expect(await session.get('small').text()).toBe('ok');
    expect(await session.post('early', { body }).text()).toBe('ok');
    stop.resolve();
    expect(await upload).toBe('16000000');
    expect(connections()).toBe(1);
  });

  test('an answer before the end of the body ends the upload, and only that', async () => {
    const resets: number[] = [];
    const { origin, connections } = await serveHttp2((stream, headers) => {
      stream.once('close', () => resets.push(stream.rstCode));
      if (headers[':method'] === 'GET') return reply(stream);
      stream.respond({ ':status': 413 });
      stream.end('too large');
    });
    const session = openHttp2();
    let closed = false;
    async function* endless() {
      try {
        for (;;) {
          yield new Uint8Array(65_536);
          await new Promise(setImmediate);
        }
      } finally {
        closed = true;
      }
    }
    const response = await session.post(origin, { body: endless(), throwHttpErrors: false });
    expect([response.status, await response.text()]).toEqual([413, 'too large']);
    await until(() => closed);
    expect(await session.get(origin).text()).toBe('ok');
    expect(connections()).toBe(1);
    await until(() => resets.length === 2);
    expect(resets[1]).toBe(0);
  });

  test('one that fails is the error of its call; the server takes it for no whole', async () => {
    const ends: string[] = [];
    const { origin, connections } = await serveHttp2((stream, headers) => {
      if (headers[':method'] === 'GET') return reply(stream);
      void bodyOf(stream).then(
        () => ends.push('whole'),
        () => ends.push('cut'),
      );
    });
    const session = openHttp2();
    const broken = new Error('disk');
    async function* failing() {
      yield 'part';
      await Promise.resolve();
      throw broken;
    }
    expect(await reasonOf(session.post(origin, { body: failing() }))).toBe(broken);
    await until(() => ends.length === 1);
    expect([ends, await session.get(origin).text(), connections()]).toEqual([['cut'], 'ok', 1]);
  });

  test.each([
    { name: 'too few', length: 6 },
    { name: 'too many', length: 4 },
  ])('a stream with $name bytes for its content-length is refused', async ({ length }) => {
    const { origin } = await serveHttp2((stream) => void bodyOf(stream).catch(() => {}));
    async function* five() {
      yield 'five5';
      await Promise.resolve();
    }
    const session = openHttp2();
    await rejection(
      session.post(origin, { body: five(), headers: { 'content-length': String(length) } }),
      InvalidRequestError,
    );
    await rejection(
      session.post(origin, { body: 'five5', headers: { 'content-length': String(length) } }),
      InvalidRequestError,
    );
  });

  test('I3: what frames a message is refused or dropped, as over HTTP/1.1', async () => {
    const lengths: unknown[] = [];
    const { origin } = await serveHttp2((stream, headers) => {
      lengths.push(headers['content-length']);
      void bodyOf(stream).then((body) => reply(stream, body));
    });
    const session = openHttp2();
    async function* five() {
      yield 'fi';
      await Promise.resolve();
      yield 've5';
    }
    const ofFive = { 'content-length': '5' };
    expect(await session.post(origin, { body: five(), headers: ofFive }).text()).toBe('five5');
    expect(await session.get(origin, { headers: { 'content-length': '36' } }).text()).toBe('');
    for (const headers of [{ 'transfer-encoding': 'chunked' }, { 'content-length': '0x5' }])
      await rejection(session.post(origin, { body: 'five5', headers }), InvalidRequestError);
    expect(lengths).toEqual(['5', undefined]);
  });
});
