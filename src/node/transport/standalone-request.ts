/**
 * Requests of a transport's public form, outside any call: a transport of the user's stands
 * between.
 */
import { AsyncResource } from 'node:async_hooks';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { sentOf } from '../../request/sent-request.ts';
import { rulesOf } from '../../response/wrap-response.ts';
import { type HeaderList, readHeaders } from '../../request/headers.ts';
import { type SessionResponseState, SessionResponse } from '../../response/session-response.ts';
import { Cancellation } from '../../cancellation/cancellation.ts';
import type { TransportRequest } from '../../types/transport.ts';
import { IncomingBody } from '../body/incoming-body.ts';
import { type ConnectionInit, readConnection } from './connection-options.ts';
import type { Outgoing, GivenOptions } from '../../model.ts';
import { StreamBody } from '../../response/body/stream-body.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { defaults } from '../../options/defaults.ts';
import { mergeOptions } from '../../options/merge.ts';
import { readTimeout } from '../../options/timeout.ts';

/** The request as our own layers have it. */
export function standaloneRequest({
  method,
  url,
  headers,
  body,
  signal,
  timeout,
  init,
}: TransportRequest): Outgoing {
  const cancellation = new StandaloneCancellation();
  if (signal) cancellation.follow(signal);
  const own = nullPrototype<RequestInit & ConnectionInit>(init);
  // A transport of the user's may have added what a session would have read.
  const { proxy, tls } = own;
  const options = mergeOptions(
    defaults,
    nullPrototype<GivenOptions>(own, {
      proxy: readConnection('proxy', proxy),
      tls: readConnection('tls', tls),
      timeout: readTimeout(timeout),
      redirect: own.redirect ?? 'manual',
    }),
  );
  // `Headers` have no `null`, which would remove a default.
  const list = [...readHeaders(headers)].flat() as HeaderList;
  const call = {
    attempts: 1,
    context: {},
    deadline: Infinity,
    given: undefined,
    asFetch: false,
    state: undefined,
  };
  return {
    call,
    method,
    url,
    headers: list,
    body,
    options,
    cancellation,
    auth: undefined,
    secrets: 'all',
    cookies: undefined,
    hop: 0,
    passed: [],
    identity: undefined,
    responseTimeUsed: 0,
  };
}

/**
 * A session's call takes over what a transport of the user's gave it: its limits, progress and
 * deadlines hold from here, for what has come already too.
 */
export function attachToCall(response: SessionResponse, to: Outgoing): void {
  const { call, options } = to;
  const state = SessionResponse.stateOf(response);
  const { source, sent } = state;
  Object.assign(state, {
    call,
    // What the user's transport has kept may have come by the request of another call.
    sent: to,
    request: undefined,
    url: response.url,
    attempts: call.attempts,
    parseJson: options.parseJson,
  } satisfies Partial<SessionResponseState>);
  if (!source) return;
  const request = sentOf(sent);
  if (source.used || source.locked)
    throw new InvalidRequestError(
      'A transport gave a Response whose body was read already: give response.clone()',
      { request },
    );
  if (source instanceof IncomingBody) source.attachToCall(withBoundCallbacks(to));
  else state.source = new StreamBody(source.stream(), rulesOf(to, response.headers));
}

/** The same request, whose callbacks are called in the context that this is called in. */
export function withBoundCallbacks(request: Outgoing): Outgoing {
  const { options } = request;
  const { onDownloadProgress, onInformation } = options;
  const bound = {
    onDownloadProgress: onDownloadProgress && AsyncResource.bind(onDownloadProgress),
    onInformation: onInformation && AsyncResource.bind(onInformation),
  };
  return { ...request, options: nullPrototype<Outgoing['options']>(options, bound) };
}

class StandaloneCancellation extends Cancellation {
  override onIdle(): void {
    this.release();
  }
}
