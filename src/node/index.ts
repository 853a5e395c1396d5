/**
 * `isosession/node`: what only Node has.
 *
 * @module
 */
export { fileLock, type FileLockOptions } from './state/file-lock.ts';
export { fileStore } from './state/file-store.ts';
export { netrc } from './netrc/netrc.ts';
export { saveTo } from './download/save-to.ts';
export type { SaveToOptions } from './download/save-to.ts';
export { undiciTransport } from './transport/undici-transport.ts';
export type { GuardOptions } from './connect/guard.ts';
export type { DispatcherLike, UndiciTransportOptions } from './transport/options.ts';
