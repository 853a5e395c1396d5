import { InvalidRequestError, UnsupportedError } from 'isosession';
import { type GuardOptions, undiciTransport } from 'isosession/node';
import { describe, expect, test, vi } from 'vitest';
import { open, rejection, thrown } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

type Answer = (name: string) => string[];

/** Resolves names as it is told; every question is counted. */
function resolver(answers: Answer) {
  const asked: string[] = [];
  const lookup = ((
    name: string,
    options: { all?: boolean },
    callback: (...result: unknown[]) => void,
  ) => {
    asked.push(name);
    const found = answers(name).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    if (options.all) callback(null, found);
    else callback(null, found[0]?.address, found[0]?.family);
  }) as never;
  return { lookup, asked };
}

const guarded = (guard: GuardOptions = {}, answers: Answer = () => ['127.0.0.1']) => {
  const { lookup, asked } = resolver(answers);
  return {
    asked,
    session: open({
      transport: undiciTransport({ guard, lookup }),
      trustEnv: false,
      retry: { limit: 2, delay: () => 0 },
    }),
  };
};

describe('X3: the guard', () => {
  test('refuses private addresses in every spelling of a URL, without connecting', async () => {
    const server = await rawServer(always(answer('inside')));
    const { session } = guarded();
    for (const host of [
      '127.0.0.1',
      'localhost',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '017700000001',
      '127.1',
      '0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::7f00:1]',
      'inside.test',
      '169.254.169.254',
    ]) {
      const error = await rejection(
        session.get(`http://${host}:${server.port}/`),
        InvalidRequestError,
      );
      expect(error.message).toMatch(/^GET http.*: The guard refuses .*: .* is .*guard\.allow$/);
      expect(error).toMatchObject({ request: { method: 'GET' } });
    }
    expect(server.peers).toHaveLength(0);
    expect(session.stats()).toMatchObject({ sockets: 0, queued: 0, inFlight: 0 });
  });

  // Here 127.0.0.1 stands for the Internet: it is allowed, as all else on this machine is private.
  const internet = { allow: ['127.0.0.1'] };

  test('judges each redirect and is not got round by one', async () => {
    const outside = await rawServer(
      always(({ target }) =>
        answer('', `HTTP/1.1 302 Found\r\nlocation: ${decodeURIComponent(target.slice(1))}\r\n`),
      ),
    );
    const { session } = guarded(internet);
    for (const location of [
      'http://127.0.0.9:9/',
      'http://[::1]:9/',
      'http://0:9/',
      '//127.0.0.9:9/',
    ]) {
      const error = await rejection(
        session.get(`http://outside.test:${outside.port}/${encodeURIComponent(location)}`),
        InvalidRequestError,
      );
      expect(error.message).toContain('The guard refuses');
    }
    expect(outside.requests).toHaveLength(4);
  });

  test('judges what is connected to, not an earlier lookup: rebinding gains nothing', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(answer('ok', 'HTTP/1.1 200 OK\r\nconnection: close\r\n'));
      await peer.fin();
    });
    const { session, asked } = guarded(internet, () => [
      asked.length === 1 ? '127.0.0.1' : '127.0.0.9',
    ]);
    expect(await session.get(`http://rebinding.test:${server.port}/`).text()).toBe('ok');
    await rejection(session.get(`http://rebinding.test:${server.port}/`), InvalidRequestError);
    // Each connection is one question: what was judged is what is connected to.
    expect(asked).toHaveLength(2);
  });

  test('judges each retry: what a name resolves to by then counts', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      peer.rst();
    });
    const { session, asked } = guarded(internet, () => [
      asked.length === 1 ? '127.0.0.1' : '127.0.0.9',
    ]);
    await rejection(session.get(`http://rebinding.test:${server.port}/`), InvalidRequestError);
    expect(asked).toHaveLength(2);
    expect(server.requests).toHaveLength(1);
  });

  test('of several addresses takes those that it may', async () => {
    const server = await rawServer(always(answer('ok')));
    const { session } = guarded(internet, () => ['10.0.0.1', '::1', '127.0.0.1']);
    expect(await session.get(`http://mixed.test:${server.port}/`).text()).toBe('ok');
  });

  test('deny goes over allow, allowPrivate lets everything else pass', async () => {
    const server = await rawServer(always(answer('ok')));
    expect(await guarded({ allowPrivate: true }).session.get(server.origin).text()).toBe('ok');
    expect(
      await guarded({ allow: ['127.0.0.0/8'] })
        .session.get(server.origin)
        .text(),
    ).toBe('ok');
    for (const guard of [
      { allowPrivate: true, deny: ['127.0.0.0/8'] },
      { allow: ['127.0.0.1'], deny: ['127.0.0.1'] },
    ]) {
      expect(
        (await rejection(guarded(guard).session.get(server.origin), InvalidRequestError)).message,
      ).toContain('guard.deny');
    }
  });

  test('is asked once: what it refuses is not tried again', async () => {
    const { session, asked } = guarded();
    await rejection(session.get('http://inside.test/'), InvalidRequestError);
    expect(asked).toEqual(['inside.test']);
  });

  test('refuses an address as often as it is asked for, over HTTP/2, too', async () => {
    const session = open({
      retry: 0,
      trustEnv: false,
      timeout: { connect: 200 },
      transport: undiciTransport({ guard: {}, http2: true }),
    });
    for (let i = 0; i < 2; i++)
      await rejection(session.get('https://127.0.0.1:1/'), InvalidRequestError);
  });

  test('does not go with what it cannot see: a proxy, a dispatcher, a socketPath', async () => {
    const { session } = guarded({ allowPrivate: true });
    const dispatcher = { dispatch: () => true } as never;
    await rejection(
      session.get('http://a.test/', { proxy: 'http://127.0.0.1:1' }),
      UnsupportedError,
    );
    await rejection(session.get('http://a.test/', { dispatcher } as never), UnsupportedError);
    expect(
      thrown(() => undiciTransport({ guard: {}, dispatcher }), InvalidRequestError).message,
    ).toContain('guard cannot see');
    expect(
      thrown(() => undiciTransport({ guard: {}, socketPath: '/s' }), InvalidRequestError).message,
    ).toContain('guard cannot see');
    expect(
      thrown(() => undiciTransport({ guard: { allow: ['10.0.0.0/33'] } }), InvalidRequestError)
        .message,
    ).toContain('10.0.0.0/33');
    // Of the environment, too: it fails shut.
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
    const trusting = open({ transport: undiciTransport({ guard: {} }) });
    vi.unstubAllEnvs();
    await rejection(trusting.get('http://a.test/'), UnsupportedError);
  });
});
