/** The transport over a WHATWG `fetch`. */
import { isDevelopment } from '../development.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import { brandOf } from '../request/host/brand.ts';
import { isAsyncIterable, isStream, toStream } from '../request/streams.ts';
import { takeFraming } from './framing.ts';
import type { RequestBody } from '../types/request.ts';
import type { Transport, TransportRequest } from '../types/transport.ts';
import { nullPrototype } from '../options/null-prototype.ts';
import { takesGivenSignal, type UploadTransport } from './send-public.ts';

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
  /** Takes the place of the given and the global one. */
  readonly fetch?: Fetch;
  /** Takes out what frames a message, where a `Request` of the host does not do so itself. */
  readonly takeFraming?: typeof takeFraming;
}

/**
 * A transport over any WHATWG `fetch`: the global one, or that of an app in this process
 * (`fetchTransport({ fetch: app.fetch })`). The session's redirects and jar run above it.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  return fetchTransportOn({ isBrowser: false, takeFraming }, options);
}

/** Sends by the host's `fetch`, or by a given one. */
export function fetchTransportOn(
  { isBrowser, fetch: hosts, takeFraming: take }: FetchHost,
  { fetch: given, managed = isBrowser && !given, signal }: FetchTransportOptions,
): UploadTransport {
  const send: Fetch | undefined = hosts ?? (given && byRequest(given));
  return {
    managed,
    [takesGivenSignal]: signal === 'given',
    async send(request) {
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
      const body = managed || !take ? request.body : take(request.headers, request.body);
      return fetch(request.url.href, toInit({ ...request, body }));
    },
  };
}

function toInit({ method, headers, body, signal, init }: TransportRequest): RequestInit {
  const stream = isAsyncIterable(body) ? { body: toStream(body), duplex: 'half' } : undefined;
  // Without a prototype: fetch reads its init through the prototype chain.
  return nullPrototype<RequestInit>(init, { method, headers, signal, body }, stream);
}

/** Firefox would refuse it without a word of ours, WebKit send "[object ReadableStream]". */
function refuseStream(body: RequestBody): void {
  if (isAsyncIterable(body) && !('duplex' in Request.prototype)) {
    throw new UnsupportedError(
      isDevelopment
        ? 'This browser cannot send a stream: give text, bytes, Blob or form'
        : 'stream as body',
    );
  }
}

/** A browser leaves out a "forbidden request-header" (Fetch standard), and does not say so. */
function refuseForbiddenHeaders({ url, headers }: TransportRequest): void {
  const allowed = new Request(url, { headers });
  for (const [name] of headers) {
    if (!allowed.headers.has(name)) {
      throw new UnsupportedError(
        isDevelopment ? `A browser lets no script set the header "${name}"` : name,
      );
    }
  }
}

/**
 * Apps take a request, every `fetch` does, and a simple stand-in for one may want a URL. Headers in
 * a record survive `{ ...init.headers }`, as frameworks have it, and the `Headers` of a polyfill.
 */
function byRequest(fetch: NonNullable<FetchTransportOptions['fetch']>): Fetch {
  return async (url, given) => {
    const plain = await toPlainBody(url, given);
    const init = nullPrototype<RequestInit>(plain, {
      headers: Object.fromEntries(new Headers(plain.headers)),
    });
    return fetch(Object.assign(new Request(url, init), { toString: () => url }), init);
  };
}

/**
 * A library's own `fetch` knows neither this realm's forms nor, some, its streams, and sends the
 * name of their class: a form is encoded here, in memory, and a stream refuses to become text.
 */
async function toPlainBody(url: string, init: RequestInit): Promise<RequestInit> {
  const { body } = init;
  if (body && isStream(Object(body))) {
    Object.assign(body, { toString: refuseText });
  } else if (brandOf(body) === 'FormData') {
    const encoded = new Request(url, init);
    const headers = new Headers(init.headers);
    headers.set('content-type', encoded.headers.get('content-type') ?? '');
    return nullPrototype<RequestInit>(init, {
      headers,
      body: new Uint8Array(await encoded.arrayBuffer()),
    });
  }
  return init;
}

function refuseText(): never {
  throw new UnsupportedError(
    isDevelopment ? 'This fetch takes no stream: give text, bytes, Blob or form' : 'stream as body',
  );
}
