/**
 * `isosession/testing`: transports for tests.
 *
 * @module
 */
import { func, isTransport } from '../options/kinds.ts';
import type { Awaitable } from '../types/context.ts';
import type { Transport, TransportRequest } from '../types/transport.ts';

/** Where every copy of the library in the process looks for a default transport. */
const override = Symbol.for('isosession.transport');

/**
 * A transport that answers from a function. The session's redirects, cookies, retries and timeouts
 * run above it as over a network.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { mockTransport } from 'isosession/testing';
 *
 * const transport = mockTransport(({ url }) => Response.json({ path: url.pathname }));
 * const api = new Session({ transport });
 * ```
 *
 * @param handler - gives the response; what it throws fails the call as a network error would.
 * @throws {InvalidRequestError} for what is no function.
 */
export function mockTransport(
  handler: (request: TransportRequest) => Awaitable<Response>,
): Transport {
  func(handler, 'handler');
  return { send: async (request) => handler(request) };
}

/**
 * Makes `transport` the default of every session in the process, from the next call on, until the
 * result is disposed, which brings the former one back. Mounts and transports that a session or
 * call was given go before it.
 *
 * @example
 * ```ts
 * import { fetchTransport } from 'isosession';
 * import { useTransport } from 'isosession/testing';
 *
 * // MSW, nock and others that patch fetch see every call.
 * using _ = useTransport(fetchTransport());
 * ```
 *
 * @throws {InvalidRequestError} for what has no `send()`.
 */
export function useTransport(transport: Transport): Disposable {
  isTransport(transport, 'transport');
  const host: typeof globalThis & { [override]?: Transport | undefined } = globalThis;
  const former = host[override];
  host[override] = transport;
  return {
    [Symbol.dispose]() {
      host[override] = former;
    },
  };
}
