/**
 * `isosession/ssr`: from the visitor's request through the server's render to the page.
 *
 * @module
 */
export { applySetCookies } from './cookies/apply-set-cookies.ts';
export type { OutgoingEventLike, ServerResponseLike } from './cookies/outgoing.ts';
export { setCookieHeaders } from './cookies/set-cookie-headers.ts';
export type { SetCookiePolicy } from './cookies/set-cookie-policy.ts';
export { dehydrate } from './hydration/dehydrate.ts';
export { hydrate } from './hydration/hydrate.ts';
export type { IncomingEventLike, IncomingMessageLike } from './incoming/incoming.ts';
export type { ForwardOptions } from './visitor/forward-options.ts';
export { forwardSession } from './visitor/forward-session.ts';
