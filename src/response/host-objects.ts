/**
 * What hosts keep inside their responses.
 *
 * @module
 */
import { isStream } from '../request/streams.ts';
import type { HostBody } from './body/body-source.ts';

/**
 * The host's own `Response`. A server may put another in its place later, whose objects have their
 * insides elsewhere, as that of Hono in Node has.
 */
export const OwnResponse = globalThis.Response;

/**
 * The body inside a `Response` of this host, whatever its members say; `undefined` where it has no
 * insides, as what only looks like one, or where the host has no streams or, as a polyfill in Node,
 * others.
 */
export function hostBody(response: object): HostBody | null | undefined {
  try {
    const body: object | null = Reflect.get(OwnResponse.prototype, 'body', response);
    return !body || isStream(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** The URL inside a `Response` of this host. */
export const hostUrl = (response: object): string =>
  Reflect.get(OwnResponse.prototype, 'url', response);

/** Those of a response and its clone, where the host has made both. */
export function hostBodies(response: object, clone: object): [HostBody, HostBody] | undefined {
  const body = hostBody(response);
  const cloned = hostBody(clone);
  return body && cloned ? [body, cloned] : undefined;
}

/**
 * The members that a SessionResponse leaves as the platform has them. Its own are not overrides to
 * the compiler: the types of platforms disagree on what they override.
 */
export type HostResponse = Omit<
  Response,
  | 'redirected'
  | 'url'
  | 'body'
  | 'bodyUsed'
  | 'json'
  | 'text'
  | 'bytes'
  | 'arrayBuffer'
  | 'blob'
  | 'formData'
  | 'clone'
>;
