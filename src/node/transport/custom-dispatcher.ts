/** A dispatcher of the user's in the place of our own pools. */
import { nullPrototype } from '../../options/null-prototype.ts';
import type { HeaderList } from '../../request/headers.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { ExchangeController, ExchangeQueue } from '../exchange/exchange-channel.ts';
import type { CodedError } from '../exchange/exchange-error.ts';
import {
  fromRawHeaders,
  type RawHeaders,
  type ResponseHeaders,
} from '../response/undici-response.ts';
import type { DispatcherLike } from './options.ts';
import { isBytes } from '../../request/host/brand.ts';

/** Where its exchanges run: it queues and connects by itself. */
export class CustomDispatcherQueue implements ExchangeQueue<Exchange> {
  readonly #dispatcher: DispatcherLike;

  constructor(dispatcher: DispatcherLike) {
    this.#dispatcher = dispatcher;
  }

  run(exchange: Exchange): void {
    const { dispatchOptions } = exchange;
    const { headers, body } = dispatchOptions;
    const options = nullPrototype(dispatchOptions, {
      headers: toRecord(headers),
      body: isBytes(body) ? new Uint8Array(body) : body,
    });
    try {
      // A user's dispatcher may be of any version, and no type names the options of all.
      this.#dispatcher.dispatch(options as never, handlerOf(exchange) as never);
    } catch (error) {
      exchange.fail(error as CodedError); // Libraries throw errors.
    }
  }

  forget(): void {}
}

/** What a handler of undici up to version 6, and one since 7, may be told. */
const moments = [
  'onConnect',
  'onHeaders',
  'onData',
  'onComplete',
  'onError',
  'onRequestStart',
  'onResponseStarted',
  'onResponseStart',
  'onResponseData',
  'onResponseEnd',
  'onResponseError',
] as const;

/** The methods alone: by the exchange itself a dispatcher would reach the session. */
function handlerOf(exchange: Exchange): object {
  const handler = nullPrototype<Record<string, unknown>>();
  for (const moment of moments) {
    const method: unknown = Reflect.get(exchange, moment);
    if (typeof method === 'function') handler[moment] = method.bind(exchange);
  }
  return handler;
}

/** By name, as undici's `fetch` has them: interceptors spread them. */
function toRecord(headers: HeaderList): Record<string, string> {
  const record: Record<string, string> = nullPrototype();
  for (let i = 0; i < headers.length; i += 2) record[headers[i]] = headers[i + 1];
  return record;
}

/** What handlers up to undici 6 are given one by one, as the controller of later ones. */
class CallbackController implements ExchangeController {
  readonly abort: (reason: Error) => void;
  rawHeaders: RawHeaders = [];
  rawTrailers: RawHeaders = [];
  isPaused = false;
  onResume: (() => void) | undefined;

  constructor(abort: (reason: Error) => void) {
    this.abort = abort;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.onResume?.();
  }
}

/**
 * What runs there: it has the methods of undici's handlers up to version 6 beside those since 7, as
 * a dispatcher may be of any version.
 */
export class CustomDispatcherExchange extends Exchange {
  #callbacks = new CallbackController(() => {});

  override onResponseStart(
    controller: ExchangeController,
    status: number,
    headers: ResponseHeaders,
    statusText?: string,
  ): void {
    this.onResponseStarted();
    const { rawHeaders } = controller;
    const raw: RawHeaders = Array.isArray(rawHeaders) ? rawHeaders : toRawHeaders(headers);
    const own: ExchangeController = {
      rawHeaders: raw,
      abort: (reason) => controller.abort(reason),
      pause: () => controller.pause(),
      resume: () => controller.resume(),
    };
    super.onResponseStart(own, status, fromRawHeaders(raw), statusText);
  }

  override onResponseEnd(controller: ExchangeController, trailers?: ResponseHeaders): void {
    const { rawTrailers } = controller;
    super.onResponseEnd({
      ...controller,
      rawTrailers: Array.isArray(rawTrailers) ? rawTrailers : toRawHeaders(trailers ?? {}),
    });
  }

  onConnect(abort: (reason: Error) => void): void {
    this.#callbacks = new CallbackController(abort);
    this.onRequestStart(this.#callbacks);
  }

  onHeaders(status: number, raw: RawHeaders, resume: () => void, statusText: string): boolean {
    const controller = this.#callbacks;
    controller.rawHeaders = raw;
    controller.onResume = resume;
    this.onResponseStart(controller, status, {}, statusText);
    return !controller.isPaused;
  }

  onData(chunk: Uint8Array): boolean {
    this.onResponseData(this.#callbacks, chunk);
    return !this.#callbacks.isPaused;
  }

  onComplete(raw: RawHeaders | null | undefined): void {
    this.#callbacks.rawTrailers = raw ?? [];
    super.onResponseEnd(this.#callbacks);
  }

  onError(error: CodedError): void {
    this.fail(error);
  }
}

/** Of a controller that does not tell them. */
function toRawHeaders(headers: ResponseHeaders): RawHeaders {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value],
  );
}
