/**
 * `isosession/node`: what only Node has.
 *
 * @module
 */
export { saveTo } from './save-to.ts';
export type { SaveToOptions } from './save-to.ts';
export { undiciTransport } from './undici-transport.ts';
export type { GuardOptions } from './guard.ts';
export type { DispatcherLike, UndiciTransportOptions } from './undici-options.ts';
