/**
 * Objects of the host that become objects of ours. Each stands here with its reason and what it
 * gains.
 *
 * @module
 */
import type { HostBody } from './body-source.ts';

/**
 * A base class whose constructor gives back the object that it is handed, so that the fields of a
 * subclass land on that object. Without an object a plain one is made, with the host's prototype.
 *
 * For `Response`: the object that a host made keeps its insides, which the host reads when a server
 * returns it, and no second one is made (17 µs of CPU a call on Node 20). For `Promise`: a promise
 * that exists already becomes one of ours (0.4 µs a call against `new Promise` around it).
 */
export function baseClass<Host extends object>(
  prototype: object,
): new (host: object | undefined) => Host {
  const Base = function giveBack(host: object | undefined) {
    return host;
  };
  Base.prototype = prototype;
  // A function is a constructor, too, which the compiler knows of classes alone.
  return Base as unknown as new (host: object | undefined) => Host;
}

/**
 * The body inside a `Response` of this host, whatever its members say; `undefined` where it has no
 * insides, as what only looks like one, or where the host has no streams.
 */
export function hostBody(response: object): HostBody | null | undefined {
  try {
    return Reflect.get(Response.prototype, 'body', response);
  } catch {
    return undefined;
  }
}

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
