/** The `retry` option. */
import type { RetryOptions } from '../types/retry.ts';
import { idempotentMethods } from '../request/method.ts';
import {
  count,
  developmentKind,
  flag,
  flagOrFunc,
  func,
  kind,
  list,
  ms,
  readRecord,
} from './kinds.ts';
import { frozen } from './null-prototype.ts';

const budget = developmentKind(() =>
  kind<number | false>(
    'a number, 0 or more, or false',
    (value) => value === false || (typeof value === 'number' && value >= 0),
  ),
);
const statuses = list<number>('number');

const kinds = {
  limit: count,
  budget,
  methods: list<string>('string', (name) => name.toUpperCase()),
  statusCodes: statuses,
  afterStatusCodes: statuses,
  maxRetryAfter: ms,
  delay: func,
  backoffLimit: ms,
  jitter: flagOrFunc,
  retryOnTimeout: flag,
  shouldRetry: func,
};

/** The option as a record: a number is its `limit`, `false` a limit of 0. */
export function readRetry(value: unknown): object {
  const isLimit = typeof value === 'number' || value === false;
  return readRecord('retry', kinds, isLimit ? { limit: Number(value) } : value);
}

/** Read as an option is, so that its lists are frozen: every session has them. */
export const defaultRetry: Readonly<RetryOptions> = frozen(
  readRetry({
    limit: 2,
    budget: 0.2,
    methods: idempotentMethods,
    statusCodes: [408, 413, 429, 500, 502, 503, 504],
    afterStatusCodes: [413, 429, 503],
    maxRetryAfter: 60_000,
    backoffLimit: 30_000,
    retryOnTimeout: false,
  } satisfies RetryOptions),
);
