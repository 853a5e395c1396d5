/**
 * The async context of a call, which an `AsyncLocalStorage` of the caller's goes by. A socket's
 * events run in the context of the call that has opened it: what is another call's is brought back
 * into its own. It costs something, and is done for those calls alone that can tell.
 */
import { AsyncResource } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';

const channels = [
  'undici:client:beforeConnect',
  'undici:client:connected',
  'undici:client:connectError',
  'undici:client:sendHeaders',
  'undici:request:create',
  'undici:request:bodySent',
  'undici:request:bodyChunkSent',
  'undici:request:bodyChunkReceived',
  'undici:request:headers',
  'undici:request:trailers',
  'undici:request:error',
].map((name) => channel(name));

/** Whether anybody listens to what undici tells of its requests. */
export const isObserved = (): boolean => channels.some(({ hasSubscribers }) => hasSubscribers);

/** The context that this is called in, where somebody can tell: who observes, or `hasFunctions`. */
export const contextOf = (hasFunctions: boolean): AsyncResource | undefined =>
  hasFunctions || isObserved() ? new AsyncResource('isosession') : undefined;

/** Runs something in a context, if there is one to keep to. */
export function runWithin(context: AsyncResource | undefined, run: () => void): void {
  if (context) context.runInAsyncScope(run);
  else run();
}
