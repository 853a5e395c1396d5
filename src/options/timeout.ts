/** The `timeout` option. */
import { isDevelopment } from '../development.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import type { TimeoutOptions } from '../types/timeout.ts';
import { version } from '../version.ts';
import { developmentKind, kind, readRecord } from './kinds.ts';
import { frozen } from './null-prototype.ts';

const phase = developmentKind(() =>
  kind<number | false>(
    'a time in ms above 0, or false',
    (value) => value === false || (typeof value === 'number' && value > 0),
  ),
);
const phases = { connect: phase, response: phase, body: phase, total: phase };

/**
 * Stands in a timeout whose `body` somebody chose: only such a one holds for a stream of events,
 * and a chosen 30 s must be told from the default of 30 s. A symbol, as users are handed the
 * record; it is merged with the phases.
 */
export const bodyTimeoutIsExplicit = Symbol.for(`isosession.explicit ${version}`);

/** Timeouts by phase, as they were read. */
export interface ReadTimeout extends TimeoutOptions {
  [bodyTimeoutIsExplicit]?: boolean;
}

export const defaultTimeout: Readonly<TimeoutOptions> = frozen({
  connect: 10_000,
  response: 120_000,
  body: 30_000,
  total: false,
} satisfies TimeoutOptions);

/** The option as a record of phases. */
export function readTimeout(value: unknown): ReadTimeout {
  if (isDevelopment && typeof value === 'string')
    throw new InvalidRequestError('timeout must be a number of ms, false, or an object of phases');
  const read: ReadTimeout = readRecord('timeout', phases, toPhases(value));
  if ('body' in read) read[bodyTimeoutIsExplicit] = true;
  return read;
}

/** A number says how long a server may be silent, `false` that nothing ends a call. */
function toPhases(value: unknown): unknown {
  if (value === false) return { connect: value, response: value, body: value, total: value };
  if (typeof value !== 'number') return value;
  return { connect: Math.min(value, 10_000), response: value, body: value };
}

/**
 * Resolved timeouts as the option that gives them again. What nobody chose must not come back as
 * chosen: a stream of events has no timeout by default.
 */
export function timeoutOption(timeout: TimeoutOptions): TimeoutOptions {
  return bodyTimeoutIsExplicit in timeout ? timeout : { ...timeout, body: undefined };
}

/** The body timeout in ms for a response of this content-type, 0 when there is none. */
export function bodyTimeout(
  timeout: TimeoutOptions,
  contentType: string | null | undefined,
): number {
  if (!timeout.body) return 0;
  const isEventStream = contentType?.startsWith('text/event-stream');
  // A stream of events is silent by nature.
  if (isEventStream && !(bodyTimeoutIsExplicit in timeout)) return 0;
  return timeout.body;
}
