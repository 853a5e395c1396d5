import type { Handler } from '../model.ts';
import type { Transport } from '../types/transport.ts';
import { version } from '../version.ts';

/** The private form of `Transport.send`: it takes our own request and keeps the timeouts itself. */
export const sendInternal = Symbol.for(`isosession.send ${version}`);

/** A transport of ours, for which no public records need be made. */
export interface InternalTransport extends Transport {
  readonly [sendInternal]: Handler;
}

export const isInternal = (transport: Transport): transport is InternalTransport =>
  sendInternal in transport;
