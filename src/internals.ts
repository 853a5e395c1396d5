import { version } from './version.ts';

/**
 * Where a session has its state for what stands beside it: functions of other entries that are no
 * members. Like each key of what layers share it is registered, as a program that both imports and
 * requires this version has two copies of it, and mixes what they make; another version has
 * records of its own.
 */
export const internals = Symbol.for(`isosession.internals ${version}`);
