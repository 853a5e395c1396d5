import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidRequestError } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open, reasonOf, rejection, thrown } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { openUndici } from '../../support/undici-session.ts';

describe('options of undiciTransport', () => {
  test('are checked: an unknown one is named with its like, a wrong one with its type', () => {
    expect(
      thrown(() => undiciTransport({ conections: 1 } as never), InvalidRequestError).message,
    ).toBe('conections is no undiciTransport option: did you mean connections?');
    expect(
      thrown(() => undiciTransport({ connections: 0 }), InvalidRequestError).message,
    ).toContain('connections must be a whole number above 0');
    expect(
      thrown(() => undiciTransport({ pipelining: 1.5 }), InvalidRequestError).message,
    ).toContain('pipelining must be a whole number above 0');
    expect(
      thrown(() => undiciTransport({ localAddress: 'localhost' }), InvalidRequestError).message,
    ).toContain('localAddress must be an IP address');
    expect(
      thrown(() => undiciTransport({ dispatcher: {} as never }), InvalidRequestError).message,
    ).toContain('dispatcher must be an object with a dispatch() method');
    expect(
      thrown(() => undiciTransport({ http2: 1 as never }), InvalidRequestError).message,
    ).toContain('http2 must be of type boolean');
  });

  test.each<[object, string]>([
    [{ conections: 1 }, 'conections is no undiciTransport option'],
    [{ proxy: { all: 'p', host: 1 } }, 'host is no undiciTransport.proxy option'],
    [{ tls: { certs: 1 } }, 'certs is no undiciTransport.tls option'],
    [{ tls: { strictSSL: false } }, 'strictSSL is no undiciTransport.tls option: did you mean'],
    [{ guard: { block: 1 } }, 'block is no guard option'],
  ])('%j is refused in English', (options, message) => {
    expect(thrown(() => undiciTransport(options), InvalidRequestError).message).toContain(message);
  });

  test('localAddress is where connections come from', async () => {
    const server = await rawServer(always(answer('ok')));
    await openUndici({ localAddress: '127.0.0.3' }).get(server.origin).text();
    expect(server.peers[0]?.socket.remoteAddress).toBe('127.0.0.3');
  });

  test('socketPath takes the place of the network, and is never read from a URL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
    const path = join(folder, 's');
    const hosts: unknown[] = [];
    const server = createServer((request, response) => {
      hosts.push(request.headers.host);
      response.end('over the socket');
    }).listen(path);
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    });
    const session = openUndici({ socketPath: path });
    expect(await session.get('http://docker.test/version').text()).toBe('over the socket');
    expect(hosts).toEqual(['docker.test']);
    for (const url of [`unix:${path}`, `http+unix://${encodeURIComponent(path)}/`])
      await rejection(open().get(url), InvalidRequestError);
  });

  test('maxHeaderSize bounds the headers of a response', async () => {
    const server = await rawServer(
      always(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\ncontent-length: 2\r\n\r\nok`),
    );
    expect(await reasonOf(openUndici({}).get(server.origin))).toMatchObject({
      code: 'ERR_NETWORK',
      cause: { code: 'UND_ERR_HEADERS_OVERFLOW' },
    });
    expect(await openUndici({ maxHeaderSize: 32_768 }).get(server.origin).text()).toBe('ok');
  });

  test('an idle connection ends after keepAliveTimeout, or as its server says', async () => {
    const plain = await rawServer(always(answer('ok')));
    const hinting = await rawServer(
      always(answer('ok', 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=600\r\n')),
    );
    const session = openUndici({ keepAliveTimeout: 20, keepAliveMaxTimeout: 40 });
    for (const server of [plain, hinting]) await session.get(server.origin).text();
    await Promise.all([plain, hinting].map((server) => server.peers[0]?.closed()));
    await expect.poll(() => session.stats().sockets).toBe(0);
  });
});
