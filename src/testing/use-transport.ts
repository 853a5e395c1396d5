import { isTransport } from '../options/kinds.ts';
import type { Transport } from '../types/transport.ts';

/** Where every copy of the library in the process looks for a default transport. */
const override = Symbol.for('isosession.transport');

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
 * // MSW and others that patch fetch see every call.
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
