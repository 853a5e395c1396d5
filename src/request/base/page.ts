/** The page, frame or worker that a script runs in; a server has none. */

/** What relative URLs resolve against: the base of a document, the URL of a worker. */
export const pageBase = (): string | undefined =>
  globalThis.document?.baseURI ?? globalThis.location?.href;

/** Also of a frame that has no URL of its own. `'null'` is that of a sandboxed one. */
export const pageOrigin = (): string | undefined => globalThis.location && globalThis.origin;
