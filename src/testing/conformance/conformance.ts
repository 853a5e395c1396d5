import type { Transport } from '../../types/transport.ts';
import { assertEqual, assertRejects } from './assert.ts';
import { echo, requestTo, valuesOf } from './requests.ts';

/** A server for {@link conformance}. */
export interface ConformanceServer {
  /** Such as `http://127.0.0.1:49152`. */
  readonly origin: string;
  /** Ends it, with its connections. */
  close(): Promise<void>;
}

/** What {@link conformance} needs of whoever runs it. */
export interface ConformanceTools {
  /** The `test` of Vitest, Jest, `node:test` or another runner. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** Of a {@link conformanceServer}, or what gives it when the tests run. */
  readonly origin: string | (() => string);
}

/**
 * Starts the server that {@link conformance} needs, on this machine, by `node:http`.
 *
 * @throws {UnsupportedError} where there is none; a page is given the origin of one that runs
 * elsewhere.
 */
export async function conformanceServer(): Promise<ConformanceServer> {
  const { startHttpServer } = await import('./http-server.ts');
  return startHttpServer();
}

/** One promise of a transport. */
type Check = (transport: Transport, origin: string) => Promise<void>;

/**
 * Declares the tests of what every {@link Transport} has to keep, by the `test` of any runner and
 * with assertions of its own: what goes out, what comes back, and how both end.
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 * import { fetchTransport } from 'isosession';
 * import { conformance, conformanceServer } from 'isosession/testing';
 *
 * const server = await conformanceServer();
 * conformance(() => fetchTransport(), { test, origin: server.origin });
 * test('the end', () => server.close());
 * ```
 *
 * @param make - gives the transport of one test; it is closed at its end.
 */
export function conformance(make: () => Transport, { test, origin }: ConformanceTools): void {
  for (const [name, check] of Object.entries(checks))
    void test(`a transport ${name}`, async () => {
      const transport = make();
      try {
        await check(transport, typeof origin === 'string' ? origin : origin());
      } finally {
        await transport.destroy?.();
      }
    });
}

const bytes = Uint8Array.of(0, 255, 10, 13);

const checks: Record<string, Check> = {
  async 'sends method, path, query and headers as they are given'(transport, origin) {
    const url = `${origin}/echo?a=%20b&c=d+e`;
    const headers = { 'x-a': '1, 2', authorization: 'Bearer t' };
    const response = await transport.send(requestTo(url, { method: 'PATCH', headers, body: 'x' }));
    const seen = await response.json();
    assertEqual(seen.method, 'PATCH', 'the method');
    assertEqual(seen.url, '/echo?a=%20b&c=d+e', 'the path with its query');
    assertEqual(valuesOf(seen, 'x-a'), ['1, 2'], 'x-a');
    assertEqual(valuesOf(seen, 'authorization'), ['Bearer t'], 'authorization');
  },

  async 'sends text as UTF-8'(transport, origin) {
    const { body } = await echo(transport, origin, { method: 'POST', body: 'ä' });
    assertEqual(body, '\u00c3\u00a4', 'the body');
  },

  async 'sends bytes, with their length'(transport, origin) {
    const seen = await echo(transport, origin, { method: 'POST', body: bytes });
    assertEqual(seen.body, String.fromCharCode(...bytes), 'the body');
    assertEqual(valuesOf(seen, 'content-length'), ['4'], 'content-length');
  },

  async 'sends a Blob'(transport, origin) {
    const { body } = await echo(transport, origin, { method: 'PUT', body: new Blob([bytes]) });
    assertEqual(body, String.fromCharCode(...bytes), 'the body');
  },

  async 'sends a form with its boundary'(transport, origin) {
    const form = new FormData();
    form.append('a', 'b');
    const seen = await echo(transport, origin, { method: 'POST', body: form });
    const [, boundary] =
      /^multipart\/form-data; ?boundary="?([^"]+)/.exec(valuesOf(seen, 'content-type').join()) ??
      [];
    assertEqual(seen.body.includes(`--${boundary}\r\n`), true, 'that the boundary is in the body');
    assertEqual(seen.body.includes('name="a"'), true, 'that the field is in the body');
  },

  async 'sends no body for null'(transport, origin) {
    const { body } = await echo(transport, origin, { method: 'DELETE' });
    assertEqual(body, '', 'the body');
  },

  async 'gives status and headers, an error of the server, too'(transport, origin) {
    for (const status of [200, 404, 500]) {
      const response = await transport.send(requestTo(`${origin}/status/${status}`));
      assertEqual(response.status, status, 'the status');
      assertEqual(response.headers.get('x-a'), 'b', 'x-a');
    }
  },

  async 'gives a response without a body'(transport, origin) {
    for (const [path, method] of [
      ['status/204', 'GET'],
      ['status/304', 'GET'],
      ['bytes/9', 'HEAD'],
    ] as const) {
      const response = await transport.send(requestTo(`${origin}/${path}`, { method }));
      assertEqual(await response.text(), '', `the body of ${method} ${path}`);
    }
  },

  async 'gives a large body whole, to several at once'(transport, origin) {
    const sizes = Array.from({ length: 20 }, (_, i) => i * 50_000);
    const lengths = sizes.map(async (size) => {
      const response = await transport.send(requestTo(`${origin}/bytes/${size}`));
      return (await response.arrayBuffer()).byteLength;
    });
    assertEqual(await Promise.all(lengths), sizes, 'the lengths');
  },

  async 'gives each Set-Cookie and the redirect itself, unless its host keeps them'(
    transport,
    origin,
  ) {
    if (transport.managed) return;
    const response = await transport.send(requestTo(`${origin}/cookies`));
    assertEqual(response.headers.getSetCookie(), ['a=1; Path=/', 'b=2'], 'set-cookie');
    const redirect = await transport.send(requestTo(`${origin}/redirect`));
    assertEqual(redirect.status, 302, 'the status');
    assertEqual(redirect.headers.get('location'), '/status/200', 'location');
  },

  async 'resolves at headers, and gives a body as it comes'(transport, origin) {
    const response = await transport.send(requestTo(`${origin}/open`));
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    assertEqual(new TextDecoder().decode(value), 'first', 'the first piece');
    await reader?.cancel();
  },

  async 'rejects with the reason of its signal before headers'(transport, origin) {
    const controller = new AbortController();
    const reason = new Error('enough');
    const sending = transport.send(requestTo(`${origin}/silence`, { signal: controller.signal }));
    const rejected = assertRejects(sending, 'send()');
    controller.abort(reason);
    assertEqual((await rejected) === reason, true, 'that it is the reason of the signal');
  },

  async 'ends a body when its signal aborts'(transport, origin) {
    const controller = new AbortController();
    const { signal } = controller;
    const response = await transport.send(requestTo(`${origin}/open`, { signal }));
    const reading = assertRejects(response.text(), 'reading the body');
    controller.abort(new Error('enough'));
    await reading;
  },

  async 'never gives a body that was cut off for a whole one'(transport, origin) {
    const response = await transport.send(requestTo(`${origin}/cut`));
    await assertRejects(response.text(), 'reading the body');
  },

  async 'rejects where nobody listens'(transport) {
    await assertRejects(transport.send(requestTo('http://127.0.0.1:1/')), 'send()');
  },
};
