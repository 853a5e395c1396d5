/** What a transport over a WHATWG `fetch` is made of. */
import { isDevelopment } from '../development.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import { recordOf } from '../request/headers.ts';
import { isAsyncIterable, toStream } from '../request/streams.ts';
import type { Framed, takeFraming } from './framing.ts';
import type { Awaitable } from '../types/context.ts';
import type { RequestBody } from '../types/request.ts';
import type { TransportRequest } from '../types/transport.ts';
import { nullPrototype } from '../options/null-prototype.ts';
import {
  type DirectRequest,
  directSends,
  takesGivenSignal,
  type UploadTransport,
  withUploadProgress,
} from './send-public.ts';

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions {
  /**
   * Answers the calls. It gets a `Request`, as an app does, which reads as its URL where it is made
   * a string, and the same as an init.
   *
   * @default the global `fetch`, looked up at each call, so that a later patch (MSW, a framework)
   * is seen
   */
  fetch?: ((input: Request, init: RequestInit) => Promise<Response> | Response) | undefined;
  /**
   * Whether it follows redirects and keeps cookies as a browser does.
   *
   * @default true in browsers for their own fetch, else false
   */
  managed?: boolean | undefined;
  /**
   * `'given'`: it is passed the caller's own signal, and none where none was given, as React
   * and Next.js share only the requests that have no signal. What ends a call by itself, such as a
   * deadline, then leaves the request to its own end, and discards what comes.
   *
   * @default every request has a signal, and ends with its call
   */
  signal?: 'given' | undefined;
}

/** What sends in the end. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response> | Response;

/** How a host's `fetch` behaves. */
export interface FetchHost {
  /** It is a browser's: it follows redirects, keeps cookies, refuses some headers and bodies. */
  readonly isBrowser: boolean;
  /** Takes the place of the global one, which is looked up at each call. */
  readonly fetch?: Fetch | undefined;
  /** Takes out what frames a message, where a `Request` of the host does not do so itself. */
  readonly takeFraming?: typeof takeFraming;
}

/** Sends by the host's `fetch`, unless it has another. */
export function fetchTransportOn(
  { isBrowser, fetch: send, takeFraming: take }: FetchHost,
  { fetch: given, managed = isBrowser && !given, signal }: FetchTransportOptions = {},
): UploadTransport {
  const sendDirectly = (request: DirectRequest): Awaitable<Response> => {
    const fetch = send ?? globalThis.fetch;
    if (!fetch) {
      throw new UnsupportedError(
        isDevelopment
          ? 'No fetch here: use crossFetchTransport() of isosession/cross-fetch'
          : 'fetch',
      );
    }
    if (isBrowser) refuseStream(request.body);
    if (managed) refuseForbiddenHeaders(request);
    const framed = take ? take(request.headers, request.body) : request;
    return fetch(request.url.href, toInit(request, framed));
  };
  const sendPublicly = async (request: TransportRequest): Promise<Response> =>
    sendDirectly({ ...request, headers: [...request.headers].flat() });
  directSends.set(sendPublicly, sendDirectly);
  return {
    managed,
    get capabilities() {
      return {
        uploadStreams: !isBrowser || takesStreams(),
        uploadProgress: withUploadProgress in this,
      };
    },
    [takesGivenSignal]: signal === 'given',
    send: sendPublicly,
  };
}

function toInit({ method, signal, init }: DirectRequest, { headers, body }: Framed): RequestInit {
  const stream = isAsyncIterable(body) ? { body: toStream(body), duplex: 'half' } : undefined;
  // Without a prototype: fetch reads its init through the prototype chain.
  return nullPrototype<RequestInit>(
    init,
    { method, headers: recordOf(headers), signal, body },
    stream,
  );
}

const takesStreams = (): boolean => 'duplex' in Request.prototype;

/** Firefox would refuse it without a word of ours, WebKit send "[object ReadableStream]". */
function refuseStream(body: RequestBody): void {
  if (isAsyncIterable(body) && !takesStreams()) {
    throw new UnsupportedError(
      isDevelopment
        ? 'This browser cannot send a stream: give text, bytes, Blob or form'
        : 'stream as body',
    );
  }
}

/** Names that the browser lets through, so many at most. */
const allowedNames = new Set<string>();
const maxAllowedNames = 100;

/** Whether they are forbidden depends on their values (Fetch, "forbidden request-header"). */
const namesMethod = /^x-(?:http-)?method(?:-override)?$/;

/** A browser leaves out a "forbidden request-header" (Fetch standard), and does not say so. */
function refuseForbiddenHeaders({ url, headers }: DirectRequest): void {
  const names = headers.filter((name, i) => i % 2 === 0 && !allowedNames.has(name));
  if (names.length === 0) return;
  const allowed = new Request(url.href, { headers: recordOf(headers) }).headers;
  for (const name of names) {
    if (!allowed.has(name)) {
      throw new UnsupportedError(
        isDevelopment ? `A browser lets no script set the header "${name}"` : name,
      );
    }
    if (allowedNames.size < maxAllowedNames && !namesMethod.test(name)) allowedNames.add(name);
  }
}
