/**
 * Where a session has its state for what stands beside it: functions of other entries that are no
 * members.
 */
export const internals = Symbol('isosession.internals');
