/**
 * Stands in for Node's `util`, of which the fake timers want one function, and only for a process
 * of Node. Deno, which has a `process` too, is not allowed to load `util` here.
 *
 * @module
 */
export const promisify = undefined;
