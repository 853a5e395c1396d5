// @ts-check
/**
 * Node 24, for packages that do not run on the oldest Node of ours.
 *
 * @module
 */
import { nodeOf } from './other-versions.mjs';

/**
 * Its executable, which the first call installs.
 *
 * @returns {string}
 */
export const node24 = () => nodeOf('node@24');
