/**
 * `isosession/auth`: credentials that take a dialogue with a server.
 *
 * @module
 */
export { digest } from './digest/digest.ts';
