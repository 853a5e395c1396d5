import { Session, SessionClosedError, type SessionResponse } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { Agent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { identities } from '../../support/certificates.ts';
import { open, reasonOf, rejection } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { openHttp2, serveHttp2 } from '../../support/http2.ts';
import { always, answer, headLines, rawServer, type Script } from '../../support/raw-server.ts';

const chunked = (...trailers: string[]): string =>
  `${headLines('200 OK', 'transfer-encoding: chunked')}\r\n4\r\nbody\r\n0\r\n` +
  `${trailers.map((line) => `${line}\r\n`).join('')}\r\n`;

async function fieldsOf({ trailers }: SessionResponse): Promise<[string, string][]> {
  if (!trailers) throw new Error('There are no trailers');
  return [...(await trailers)];
}

/** A response of a server that sends this, before anything of its body is read. */
async function responseOf(script: Script, session = open({ retry: 0 })): Promise<SessionResponse> {
  const server = await rawServer(script);
  return session.get(server.origin);
}

describe('the trailers of HTTP/1.1', () => {
  test('are the fields behind a chunked body, asked for before or after its end', async () => {
    const script = always(chunked('X-Sum: 7', 'x-list: a', 'x-list: b'));
    const expected = [
      ['x-list', 'a, b'],
      ['x-sum', '7'],
    ];
    const before = await responseOf(script);
    const asked = fieldsOf(before);
    expect(await before.text()).toBe('body');
    expect(await asked).toEqual(expected);

    const after = await responseOf(script);
    await after.text();
    expect(await fieldsOf(after)).toEqual(expected);
    expect(after.headers.has('x-sum')).toBe(false);
  });

  test('come without the body being read, where it is small', async () => {
    expect(await fieldsOf(await responseOf(always(chunked('x-sum: 7'))))).toEqual([['x-sum', '7']]);
  });

  test.each([
    ['a chunked body without any', chunked()],
    ['a body with a length', answer('body')],
    ['no body', `${headLines('204 No Content')}\r\n`],
  ])('are empty for %s', async (_, response) => {
    expect(await fieldsOf(await responseOf(always(response)))).toEqual([]);
  });

  test('reject as the body does where it breaks off', async () => {
    const response = await responseOf(async (peer) => {
      await peer.request();
      await peer.write(`${headLines('200 OK', 'transfer-encoding: chunked')}\r\n4\r\nbo`);
      await peer.fin();
    });
    const { trailers } = response;
    const reason = await reasonOf(response.text());
    expect(await reasonOf(trailers as Promise<unknown>)).toBe(reason);
  });

  test('reject where the body is cancelled, or its session closed', async () => {
    const open200: Script = async (peer) => {
      await peer.request();
      await peer.write(`${headLines('200 OK', 'transfer-encoding: chunked')}\r\n4\r\nbody`);
    };
    const reason = new Error('enough');
    const cancelled = await responseOf(open200);
    await cancelled.body?.cancel(reason);
    await rejection(cancelled.trailers as Promise<unknown>, Error);

    const session = open({ retry: 0 });
    const unread = await responseOf(open200, session);
    await session.close();
    await rejection(unread.trailers as Promise<unknown>, SessionClosedError);
  });

  test('nobody asks for make no failure known twice', async () => {
    const response = await responseOf(async (peer) => {
      await peer.request();
      await peer.write(`${headLines('200 OK', 'transfer-encoding: chunked')}\r\n4\r\nbo`);
      peer.rst();
    });
    void response.trailers;
    // An unhandled rejection would fail the run.
    await rejection(response.text(), Error);
  });

  test("are each hop's own, a clone's and those of a middleware's response, too", async () => {
    const session = open({ retry: 0 });
    session.use((request, next) => next(request));
    const redirect = chunked('x-hop: 1').replace('200 OK', '302 Found\r\nlocation: /to');
    const response = await responseOf(
      always(({ target }) => (target === '/' ? redirect : chunked('x-hop: 2'))),
      session,
    );
    const copy = response.clone();
    expect(await fieldsOf(response.history[0] as SessionResponse)).toEqual([['x-hop', '1']]);
    expect(await fieldsOf(response)).toEqual([['x-hop', '2']]);
    expect(await fieldsOf(copy)).toEqual([['x-hop', '2']]);
  });

  test('are of the attempt that was answered', async () => {
    let requests = 0;
    const session = open({ retry: { limit: 1, delay: () => 0 } });
    const busy = chunked('x-try: 1').replace('200 OK', '503 Busy');
    const response = await responseOf(
      always(() => (++requests === 1 ? busy : chunked('x-try: 2'))),
      session,
    );
    expect(await fieldsOf(response)).toEqual([['x-try', '2']]);
  });

  test('come through a tunnel', async () => {
    const server = await rawServer(always(chunked('x-sum: 7')), identities.good);
    const proxy = await rawServer(relay());
    const session = open({ proxy: `http://127.0.0.1:${proxy.port}`, tls: { verify: false } });
    const response = await session.get(server.origin);
    expect(await fieldsOf(response)).toEqual([['x-sum', '7']]);
  });

  test("are told by a dispatcher of the user's", async () => {
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    const session = new Session({ transport: undiciTransport({ dispatcher }) });
    const response = await responseOf(always(chunked('x-sum: 7')), session);
    await response.text();
    expect(await fieldsOf(response)).toEqual([['x-sum', '7']]);
  });

  test('that are no fields fail the response', async () => {
    const response = await responseOf(always(chunked('no field')));
    await rejection(response.text(), Error);
    await rejection(response.trailers as Promise<unknown>, Error);
  });
});

describe('the trailers of HTTP/2', () => {
  test.each([
    ['with a body', 'the body'],
    ['without one', ''],
  ])('are the last HEADERS of a stream %s', async (_, body) => {
    const { origin } = await serveHttp2((stream) => {
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }));
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.end(body);
    });
    const response = await openHttp2().get(origin);
    expect(await response.text()).toBe(body);
    expect(await fieldsOf(response)).toEqual([['x-sum', '7']]);
  });

  test('are empty without any, and reject where the connection ends', async () => {
    const { origin } = await serveHttp2((stream, { ':path': path }) => {
      stream.respond({ ':status': 200 });
      if (path === '/whole') stream.end('the body');
      else stream.write('the beginning', () => stream.session?.destroy());
    });
    const session = openHttp2();
    expect(await fieldsOf(await session.get(`${origin}/whole`))).toEqual([]);
    const broken = await session.get(`${origin}/broken`);
    await rejection(broken.text(), Error);
    await rejection(broken.trailers as Promise<unknown>, Error);
  });
});
