import type { Session } from 'isosession';
import { undiciTransport, type UndiciTransportOptions } from 'isosession/node';
import { open } from './contract.ts';

/** A session over `undiciTransport`, by default without retries. It ends with its test. */
export function openUndici(
  options: UndiciTransportOptions,
  retry: number | false = false,
): Session {
  return open({ retry, transport: undiciTransport(options) });
}
