import { globalDispatcherKey, laterDispatcherKey } from '../dependencies/undici-index.ts';
import type { DispatcherLike } from './options.ts';

const host = globalThis as {
  readonly [globalDispatcherKey]?: DispatcherLike;
  readonly [laterDispatcherKey]?: DispatcherLike;
};

/**
 * What undici puts there by itself: they connect as we do, but without our pools. Versions from 8
 * on have a wrapper for older ones, and what it wraps beside it.
 */
const ownNames = new Set(['Agent', 'EnvHttpProxyAgent', 'Dispatcher1Wrapper']);

/** By name, as it may be of any copy of undici. */
function isForeign(dispatcher: DispatcherLike | undefined): boolean {
  if (typeof dispatcher?.dispatch !== 'function') return false;
  return !ownNames.has(dispatcher.constructor?.name);
}

/** What was there at the last look, as each call takes one: a look at names costs 1 % of it. */
let first: DispatcherLike | undefined;
let second: DispatcherLike | undefined;
let foreign: DispatcherLike | undefined;

/**
 * The dispatcher that the application has set by undici's `setGlobalDispatcher`, a `MockAgent` such
 * as tests use; `undefined` where it has set none.
 */
export const globalDispatcher = (): DispatcherLike | undefined =>
  host[globalDispatcherKey] === first && host[laterDispatcherKey] === second ? foreign : look();

function look(): DispatcherLike | undefined {
  first = host[globalDispatcherKey];
  second = host[laterDispatcherKey];
  foreign = [first, second].find(isForeign);
  return foreign;
}
