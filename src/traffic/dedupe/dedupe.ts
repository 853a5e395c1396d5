import { middlewareOf } from '../../middleware/middleware-of.ts';
import type { Handler, Outgoing } from '../../model.ts';
import { func, readRecord } from '../../options/kinds.ts';
import type { HeaderList } from '../../request/headers.ts';
import { identityOf, isIdentityFixed } from '../../request/identity.ts';
import { isSafe } from '../../request/method.ts';
import { toSessionRequest } from '../../request/session-request.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import type { Middleware, SessionRequest } from '../../types/middleware.ts';
import { Flight } from './flight.ts';

/** Options of {@link dedupe}. */
export interface DedupeOptions {
  /**
   * Requests of one identity with equal keys are one; `undefined`: this one is none of them. Where
   * credentials are read as a request is sent, it has to name whose they are.
   *
   * @default method, URL and headers, cookies among them where the session keeps them itself; none
   * where `auth` may read its credentials later
   */
  key?: ((request: SessionRequest) => string | undefined) | undefined;
}

/** A middleware that shares what is under way. */
export interface DedupeMiddleware extends Middleware {
  readonly around: 'call';
}

/** What each caller has of its own, whatever the others want. */
const ofCaller: ReadonlySet<string> = new Set([
  'throwHttpErrors',
  'parseJson',
  'stringifyJson',
  'onUploadProgress',
  'onDownloadProgress',
  'maxResponseSize',
]);

/**
 * Makes equal GETs and HEADs that are under way at once one request, on the `call` ring: of one
 * session, one identity and the same options. Each caller has a response, a body, a signal and a
 * total deadline of its own; the request ends when the last caller has gone, and what it fails with
 * is what all of them get. Nobody joins a request whose headers are here, nor one that was sent
 * before a call that may have changed something has ended.
 *
 * A body above 1 MiB, one that is not here a second after its headers, and a stream of events are
 * not shared: who waits for such a one sends a request of its own then.
 *
 * What `auth` does but for `basic()` and `bearer('a token')` may tell only as a request is sent
 * whose it is: such calls share nothing without a `key`. Middleware that is used after it, and
 * hooks, see the request that is sent, once: where they add credentials, give a `key`, too.
 *
 * @throws {InvalidRequestError} for an option that does not exist or has a wrong value.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { dedupe } from 'isosession/middleware';
 *
 * const session = new Session({ baseUrl: 'https://api.example.com/' });
 * session.use(dedupe());
 * await Promise.all([session.get('me').json(), session.get('me').json()]); // one request
 * ```
 */
export function dedupe(options: DedupeOptions = {}): DedupeMiddleware {
  const { key: keyOf } = readRecord<DedupeOptions>('dedupe', { key: func }, options);
  let flights = new WeakMap<object, Map<string, Flight>>();

  async function change(request: Outgoing, next: Handler): Promise<SessionResponse> {
    try {
      return await next(request);
    } finally {
      // Nobody is to be told what was so before.
      flights = new WeakMap();
    }
  }

  function share(request: Outgoing, key: string, next: Handler): Promise<SessionResponse> {
    const identity = identityOf(request);
    let ofIdentity = flights.get(identity);
    if (!ofIdentity) flights.set(identity, (ofIdentity = new Map()));
    const known = ofIdentity.get(key);
    // One that its last caller has ended may still be on its way.
    if (!known || known.aborted) {
      const flight = new Flight(request);
      ofIdentity.set(key, flight);
      return flight.lead(next, () => {
        if (ofIdentity.get(key) === flight) ofIdentity.delete(key);
      });
    }
    return isAlike(known.request, request) ? joinOrSend(known, request, next) : next(request);
  }

  const handle: Handle = (request, next) => {
    const { method } = request;
    if (!isSafe(method)) return change(request, next);
    if (method !== 'GET' && method !== 'HEAD') return next(request);
    if (keyOf) {
      const key = keyOf(toSessionRequest(request));
      return key === undefined ? next(request) : share(request, key, next);
    }
    if (!isIdentityFixed(request)) return next(request);
    const headers = headersOf(request);
    return headers instanceof Promise
      ? headers.then((list) => share(request, keyBy(request, list), next))
      : share(request, keyBy(request, headers), next);
  };
  return Object.assign(middlewareOf(handle), { around: 'call' } as const);
}

type Handle = (request: Outgoing, next: Handler) => Promise<SessionResponse>;

async function joinOrSend(
  flight: Flight,
  request: Outgoing,
  next: Handler,
): Promise<SessionResponse> {
  return (await flight.join(request)) ?? next(request);
}

/** With the cookies as they are now: who has logged in since is somebody else. */
function headersOf(request: Outgoing): HeaderList | Promise<HeaderList> {
  const { state } = request.call;
  return state?.cookieLayer?.attach(state.cookies, request) ?? request.headers;
}

/** Requests of one user have one list, mostly. */
const texts = new WeakMap<HeaderList, string>();

function keyBy({ method, url }: Outgoing, headers: HeaderList): string {
  let text = texts.get(headers);
  if (text === undefined) texts.set(headers, (text = headers.join('\n')));
  return `${method} ${url.href}\n${text}`;
}

/** Whether two requests of one key would be sent and answered alike. */
function isAlike(one: Outgoing, other: Outgoing): boolean {
  if (one.call.state !== other.call.state) return false;
  return one.options === other.options || haveEqualTerms({ ...one.options }, { ...other.options });
}

type Terms = Readonly<Record<string, unknown>>;

/** Each call keeps its own total deadline, and what is of the caller. */
function haveEqualTerms(one: Terms, other: Terms): boolean {
  return Object.keys({ ...one, ...other }).every(
    (name) => ofCaller.has(name) || isEqual(termOf(one, name), termOf(other, name)),
  );
}

function termOf(options: Terms, name: string): unknown {
  const value = options[name];
  return name === 'timeout' && isRecord(value) ? { ...value, total: undefined } : value;
}

/** The same, or records of the same. */
function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isRecord(one) || !isRecord(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
