/**
 * `isosession/next`: a visitor's session in the App Router of Next.js.
 *
 * @module
 */
export { nextSession } from './next-session.ts';
export type { NextOptions } from './next-session.ts';
export type { NextCookie, NextCookieStoreLike } from './cookie-store.ts';
