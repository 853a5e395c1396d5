import type { SessionResponse } from '../response/session-response.ts';
import type { Awaitable } from './context.ts';
import type { RequestOptions } from './options.ts';

/**
 * Options of {@link eventStream}: those of each of its calls, and when it goes on.
 *
 * @example
 * ```ts
 * const options: EventStreamOptions = {
 *   timeout: { body: 45_000 }, // a server that is silent for longer is gone
 *   onReconnect: ({ delay, attempt }) => console.warn(`attempt ${attempt} in ${delay} ms`),
 * };
 * ```
 */
export type EventStreamOptions = RequestOptions & {
  /**
   * Where to go on: the `id` of the last event that an earlier stream has given.
   *
   * @default '' from the beginning
   */
  lastEventId?: string | undefined;
  /**
   * The most attempts in a row to connect again. After them the error is thrown, or, where the
   * server had ended the stream, the iteration ends. A stream that opens starts the count anew.
   *
   * @default Infinity
   */
  limit?: number | undefined;
  /**
   * Told of each stream that opens, the first as well, before its events. What it throws ends the
   * iteration.
   *
   * @default none
   */
  onOpen?: ((response: SessionResponse) => Awaitable<void>) | undefined;
  /**
   * Told before each wait to connect again: `delay` in ms, and which attempt in a row it is, from
   * 1. What it throws ends the iteration.
   *
   * @default none
   */
  onReconnect?: ((state: { delay: number; attempt: number }) => Awaitable<void>) | undefined;
};
