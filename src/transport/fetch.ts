/** The transport over a WHATWG `fetch`. */
import { UnsupportedError } from '../errors.ts';
import { BodyFactory, OneShotBody } from '../core/body.ts';
import type { RequestBody, Transport, TransportRequest } from '../types.ts';

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions {
  /** Default: the global `fetch`, looked up at each call, so that a later patch (MSW, a framework) is seen. */
  fetch?: ((input: string, init: RequestInit) => Promise<Response> | Response) | undefined;
  /** True: it follows redirects and keeps cookies as a browser does. Default: true in browsers for their own fetch, else false. */
  managed?: boolean | undefined;
}

/** Sends by `fetch`; `managed` as the platform has it. */
export class FetchTransport implements Transport {
  readonly managed: boolean;
  readonly #fetch: FetchTransportOptions['fetch'];

  constructor(options: FetchTransportOptions, managed: boolean) {
    this.#fetch = options.fetch;
    this.managed = options.managed ?? (managed && !options.fetch);
  }

  async send({ method, url, headers, body, signal, init }: TransportRequest): Promise<Response> {
    const fetch = this.#fetch ?? globalThis.fetch;
    if (!fetch) throw new UnsupportedError('This runtime has no fetch: use crossFetchTransport() of isosession/cross-fetch');
    const opened = body instanceof BodyFactory ? await body.open() : { body, type: undefined };
    if (opened.type && !headers.has('content-type')) headers.set('content-type', opened.type);
    const streamed = toFetchBody(opened.body);
    // Without a prototype: fetch reads its init through the prototype chain.
    const own = Object.assign(Object.create(null) as RequestInit, init, { method, headers, signal, body: streamed });
    if (streamed !== null && typeof streamed === 'object' && 'getReader' in streamed) (own as { duplex?: string }).duplex = 'half';
    return fetch(url.href, own);
  }
}

function toFetchBody(body: RequestBody): BodyInit | null {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) return body as BodyInit | null;
  const source = body instanceof OneShotBody ? body.take() : body;
  if (!(Symbol.asyncIterator in source || Symbol.iterator in source) || 'getReader' in source || typeof (source as FormData).append === 'function') return source as BodyInit;
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next() as IteratorResult<Uint8Array | string>;
      if (done) controller.close();
      else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value);
    },
    async cancel() {
      await iterator.return?.();
    },
  }, { highWaterMark: 0 });
}
