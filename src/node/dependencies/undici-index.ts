import type * as Undici from 'undici';

/** Where undici's index keeps the dispatcher of the global `fetch`: Node's own looks there, too. */
export const globalDispatcherKey = Symbol.for('undici.globalDispatcher.1');
/** From version 8 on. */
export const laterDispatcherKey = Symbol.for('undici.globalDispatcher.2');
const globalDispatchers = [globalDispatcherKey, laterDispatcherKey];

/**
 * Loads undici's index for us alone. One that is loaded already is taken as it is. Else it must not
 * become the dispatcher of the global `fetch`, which it does where there is none; and whoever loads
 * it later, and does want that, gets an instance of their own.
 */
export function loadPrivately(require: NodeJS.Require): typeof Undici {
  const before = new Set(Object.keys(require.cache));
  if (before.has(require.resolve('undici'))) return require('undici');
  const kept = globalDispatchers.filter(
    (symbol) =>
      Reflect.get(globalThis, symbol) === undefined &&
      Reflect.defineProperty(globalThis, symbol, { value: false, configurable: true }),
  );
  try {
    return require('undici');
  } finally {
    for (const symbol of kept) Reflect.deleteProperty(globalThis, symbol);
    for (const key of Object.keys(require.cache))
      if (!before.has(key)) Reflect.deleteProperty(require.cache, key);
  }
}
