/** A dispatcher of the user's in the place of our own pools. */
import { type ExchangeQueue, Exchange } from '../exchange/exchange.ts';
import type { RawHeaders } from '../exchange/undici-response.ts';
import type { DispatcherLike } from './options.ts';

/** Where its exchanges run: it queues and connects by itself. */
export class CustomDispatcherQueue implements ExchangeQueue {
  readonly #dispatcher: DispatcherLike;

  constructor(dispatcher: DispatcherLike) {
    this.#dispatcher = dispatcher;
  }

  run(exchange: Exchange): void {
    try {
      this.#dispatcher.dispatch(exchange.dispatchOptions as never, exchange as never);
    } catch (error) {
      exchange.onError(error as Error);
    }
  }

  forget(): void {}
}

/**
 * What runs there: it has the methods of undici's handlers since version 7 beside those up to it,
 * as a dispatcher may be of any version.
 */
export class CustomDispatcherExchange extends Exchange {
  onRequestStart(controller: Controller): void {
    this.onConnect((error) => controller.abort(error));
  }

  onResponseStart(
    controller: Controller,
    status: number,
    headers: Record<string, string | string[]>,
    statusText = '',
  ): void {
    this.onResponseStarted();
    const raw = (controller.rawHeaders as RawHeaders | undefined) ?? Object.entries(headers).flat();
    this.onHeaders(status, raw, () => controller.resume(), statusText);
  }

  onResponseData(controller: Controller, chunk: Uint8Array): void {
    if (!this.onData(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.onComplete();
  }

  onResponseError(_: unknown, error: Error): void {
    this.onError(error);
  }
}

interface Controller {
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
  readonly rawHeaders?: unknown;
}
