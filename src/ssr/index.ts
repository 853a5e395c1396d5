/**
 * `isosession/ssr`: from the visitor's request through the server's render to the page.
 *
 * @module
 */
export { forwardSession, type ForwardOptions } from './forward-session.ts';
export { setCookieHeaders, type SetCookiePolicy } from './set-cookie-headers.ts';
export { applySetCookies, type OutgoingEventLike, type ServerResponseLike } from './apply-set-cookies.ts';
export { dehydrate } from './dehydrate.ts';
export { hydrate } from './hydrate.ts';
export type { IncomingEventLike, IncomingMessageLike } from './incoming.ts';
