import { Session, type RequestOptions } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { identities } from '../../support/certificates.ts';
import { open, reasonOf } from '../../support/contract.ts';
import { relay } from '../../support/http-proxy.ts';
import { openHttp2, serveHttp2 } from '../../support/http2.ts';
import { always, answer, headLines, rawServer } from '../../support/raw-server.ts';

type OnInformation = NonNullable<RequestOptions['onInformation']>;

/** Keeps what it is told. */
function recorder(): { seen: string[]; onInformation: OnInformation } {
  const seen: string[] = [];
  const onInformation: OnInformation = ({ status, headers }) =>
    void seen.push([status, ...Array.from(headers, (pair) => pair.join('='))].join(' '));
  return { seen, onInformation };
}

const hints = `${headLines('103 Early Hints', 'link: </a>', 'link: </b>')}\r\n`;

describe('onInformation over HTTP/1.1', () => {
  test('is told of each interim response before the final one, in their order', async () => {
    const { seen, onInformation } = recorder();
    const others = ['100 Continue', '102 Processing', '199 Own'].map(
      (status) => `${headLines(status)}\r\n`,
    );
    const server = await rawServer(always(`${others.join('')}${hints}${answer('ok')}`));
    const session = open({ onInformation });
    const response = await session.get(server.origin);
    expect(seen).toEqual(['100', '102', '199', '103 link=</a>, </b>']);
    expect(response.headers.has('link')).toBe(false);
    expect(await response.text()).toBe('ok');

    await session.get(server.origin);
    expect(seen).toHaveLength(8);
  });

  test('comes while the final response is still awaited', async () => {
    const server = await rawServer(async (peer) => {
      await peer.request();
      await peer.write(hints);
      await peer.request();
      await peer.write(answer('ok'));
    });
    const controller = new AbortController();
    const reason = new Error('hints are enough');
    const call = open().get(server.origin, {
      signal: controller.signal,
      onInformation: () => controller.abort(reason),
    });
    expect(await reasonOf(call)).toBe(reason);
  });

  test('what it throws ends the call, and nothing is retried', async () => {
    const server = await rawServer(always(hints + answer('ok')));
    const reason = new Error('no');
    const call = open().get(server.origin, {
      onInformation: () => {
        throw reason;
      },
    });
    expect(await reasonOf(call)).toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  test('is told of each hop and of each attempt', async () => {
    const { seen, onInformation } = recorder();
    const hinted = (at: number, final: string): string =>
      `${headLines('103 Early Hints', `x-at: ${at}`)}\r\n${final}`;
    const attempts = [
      hinted(1, answer('', headLines('503 Busy'))),
      hinted(2, answer('', headLines('302 Found', 'location: /to'))),
      hinted(3, answer('ok')),
    ];
    const server = await rawServer(always(() => attempts.shift()));
    const session = open({ retry: { limit: 1, delay: () => 0 } });
    expect(await session.get(server.origin, { onInformation }).text()).toBe('ok');
    expect(seen).toEqual(['103 x-at=1', '103 x-at=2', '103 x-at=3']);
  });

  test('hears nothing of what a proxy says before its tunnel stands', async () => {
    const { seen, onInformation } = recorder();
    const server = await rawServer(always(hints + answer('ok')), identities.good);
    const proxy = await rawServer(async (peer) => {
      await peer.write(`${headLines('102 Processing')}\r\n`);
      await relay()(peer);
    });
    const session = open({ proxy: `http://127.0.0.1:${proxy.port}`, tls: { verify: false } });
    expect(await session.get(server.origin, { onInformation }).text()).toBe('ok');
    expect(seen).toEqual(['103 link=</a>, </b>']);
  });

  test("is told by a proxy that forwards, and by a dispatcher of the user's", async () => {
    const { seen, onInformation } = recorder();
    const { origin } = await rawServer(always(hints + answer('ok')));
    await open({ proxy: origin, onInformation }).get('http://site.test/').text();
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    const session = new Session({ transport: undiciTransport({ dispatcher }) });
    await session.get(origin, { onInformation }).text();
    expect(seen).toEqual(['103 link=</a>, </b>', '103 link=</a>, </b>']);
  });

  test('is called in the context of its own call', async () => {
    const server = await rawServer(always(hints + answer('ok')));
    const session = open();
    const storage = new AsyncLocalStorage<string>();
    const call = (name: string): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        const onInformation = (): void => resolve(storage.getStore());
        storage.run(name, () => void session.get(server.origin, { onInformation }).catch(reject));
      });
    expect(await call('one')).toBe('one');
    expect(await call('two')).toBe('two');
  });

  test('goes back to none by null, and is refused where it is no function', async () => {
    const { seen, onInformation } = recorder();
    const server = await rawServer(always(hints + answer('ok')));
    await open({ onInformation }).get(server.origin, { onInformation: null }).text();
    expect(seen).toEqual([]);
    const given = { onInformation: 'yes' } as unknown as RequestOptions;
    expect(String(await reasonOf(open().get(server.origin, given)))).toContain('onInformation');
  });
});

test('onInformation is told of interim responses over HTTP/2', async () => {
  const { seen, onInformation } = recorder();
  const { origin } = await serveHttp2((stream) => {
    stream.additionalHeaders({ ':status': 100 });
    stream.additionalHeaders({ ':status': 103, link: '</a>' });
    stream.respond({ ':status': 200 });
    stream.end('ok');
  });
  const response = await openHttp2().get(origin, { onInformation });
  expect(seen).toEqual(['100', '103 link=</a>']);
  expect(await response.text()).toBe('ok');
});
