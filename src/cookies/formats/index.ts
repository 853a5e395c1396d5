/**
 * `isosession/cookies`: cookies in the formats of other programs.
 *
 * @module
 */
export { fromHar, type HarLike } from './har.ts';
export { fromNetscape, toNetscape } from './netscape.ts';
export {
  fromStorageState,
  type StorageState,
  type StorageStateCookie,
  toStorageState,
} from './storage-state.ts';
export {
  fromToughCookie,
  type ToughCookieJar,
  toToughCookie,
  type ToughCookieRecord,
} from './tough-cookie.ts';
