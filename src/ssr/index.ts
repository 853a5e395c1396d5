/**
 * `isosession/ssr`: from the visitor's request through the server's render to the page.
 *
 * @module
 */
export { forwardSession, type ForwardOptions } from './visitor/forward-session.ts';
export { setCookieHeaders, type SetCookiePolicy } from './cookies/set-cookie-headers.ts';
export {
  applySetCookies,
  type OutgoingEventLike,
  type ServerResponseLike,
} from './cookies/apply-set-cookies.ts';
export { dehydrate } from './hydration/dehydrate.ts';
export { hydrate } from './hydration/hydrate.ts';
export type { IncomingEventLike, IncomingMessageLike } from './visitor/incoming.ts';
