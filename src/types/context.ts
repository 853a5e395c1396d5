/** A value that may come now or later. */
export type Awaitable<T> = T | Promise<T>;

/**
 * What is carried to middleware, hooks and errors and never sent. Extend it by declaration merging,
 * so that your own keys have types.
 *
 * @example
 * ```ts
 * declare module 'isosession' {
 *   interface SessionContext {
 *     traceId?: string;
 *   }
 * }
 * ```
 */
export interface SessionContext {}

/** The context of a call: {@link SessionContext} and whatever else the caller put there. */
export type CallContext = SessionContext & Record<string, unknown>;
