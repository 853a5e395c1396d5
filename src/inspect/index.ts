/**
 * `isosession/inspect`: what a session sends and has sent, for people and their tools.
 *
 * @module
 */
export { toCurl, type ToCurlOptions } from './to-curl.ts';
export type { Showable } from './shown-request.ts';
