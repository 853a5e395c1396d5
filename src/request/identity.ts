/** Whose a request is: what is kept for one identity is never given to another. */
import type { CallInfo, Outgoing } from '../model.ts';
import type { Auth } from '../types/middleware.ts';
import { isHarmless } from './harmless.ts';
import { type HeaderList, filterHeaders } from './headers.ts';
import { idempotencyHeader } from './method.ts';

/** Beyond so many identities of one jar and auth, the one that was made first is forgotten. */
const maxIdentities = 1000;

/** Where there is no jar, or no auth. */
const none = {};
/** The one jar of a browser, which has no object of its own. */
const hostJar = {};

/** By jar, then by auth, then by the credentials that the request itself carries. */
const identities = new WeakMap<object, WeakMap<object, Map<string, object>>>();

/** Those that put the same credentials on every request. */
const fixed = new WeakSet<Auth>();

/** Marks an `Auth` as one that never reads its credentials anew. */
export function fixedAuth(auth: Auth): Auth {
  fixed.add(auth);
  return auth;
}

/** Whether it is the same until the request is sent: another `Auth` may read it from somewhere. */
export const isIdentityFixed = ({ auth }: Outgoing): boolean => !auth || fixed.has(auth);

/**
 * One opaque object for each jar and credentials: equal requests of one user get the same, and no
 * two users do. Headers that are not harmless count as credentials.
 */
export function identityOf(request: Outgoing): object {
  const { auth, call } = request;
  const known = identitiesOf(jarOf(call), auth ?? none);
  const key = credentialsOf(request);
  let identity = known.get(key);
  if (!identity) {
    identity = Object.freeze({});
    known.set(key, identity);
    const [first] = known.keys();
    if (known.size > maxIdentities && first !== undefined) known.delete(first);
  }
  return identity;
}

/** Sessions that share their cookies have one jar, each behind an object of its own. */
function jarOf({ state }: CallInfo): object {
  if (!state?.cookies) return none;
  return state.cookies.jar ?? hostJar;
}

function identitiesOf(jar: object, auth: object): Map<string, object> {
  let ofJar = identities.get(jar);
  if (!ofJar) identities.set(jar, (ofJar = new WeakMap()));
  let ofAuth = ofJar.get(auth);
  if (!ofAuth) ofJar.set(auth, (ofAuth = new Map()));
  return ofAuth;
}

/** Calls without headers of their own share their list. */
const headerCredentials = new WeakMap<HeaderList, string>();

function credentialsOf(request: Outgoing): string {
  const { headers, cookies, call } = request;
  let credentials = headerCredentials.get(headers);
  if (credentials === undefined) {
    credentials = JSON.stringify(filterHeaders(headers, isCredential));
    headerCredentials.set(headers, credentials);
  }
  const certificate = call.state?.platform.tlsFor?.(request)?.certificateId;
  return cookies || certificate
    ? credentials + JSON.stringify([cookies, certificate])
    : credentials;
}

function isCredential(name: string): boolean {
  return !isHarmless(name) && !name.startsWith('content-') && name !== idempotencyHeader;
}
