/**
 * Requests of a transport's public form, outside any call: a transport of the user's stands
 * between.
 */
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { rulesOf } from '../../response/wrap-response.ts';
import { StreamBody } from '../../response/body-source.ts';
import { type HeaderList, readHeaders } from '../../request/headers.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { defaults } from '../../options/defaults.ts';
import type { GivenOptions } from '../../options/read.ts';
import { mergeOptions } from '../../options/merge.ts';
import { readTimeout } from '../../options/timeout.ts';
import type { ResponseState } from '../../response/session-response.ts';
import { Cancellation } from '../../cancellation/cancellation.ts';
import type { TransportRequest } from '../../types/transport.ts';
import { IncomingBody } from '../body/incoming-body.ts';
import { type ConnectionInit, readConnection } from './connection-options.ts';
import type { Outgoing } from '../../model.ts';

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
  const scope = new DetachedScope();
  if (signal) scope.follow(signal);
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
    headers: [...readHeaders(headers)].flat() as HeaderList,
    body,
    options,
    cancellation: scope,
    auth: undefined,
    cookies: undefined,
    responseTimeUsed: 0,
  };
}

/**
 * A session's call takes over what a transport of the user's gave it: its limits, progress and
 * deadlines hold from here, for what has come already too.
 */
export function attachToCall(state: ResponseState, headers: Headers, to: Outgoing): void {
  const { call, options } = to;
  delete state.attachToCall;
  Object.assign(state, {
    call,
    attempts: call.attempts,
    parseJson: options.parseJson,
  } satisfies Partial<ResponseState>);
  const { source, request } = state;
  if (!source) return;
  if (source.used || source.locked)
    throw new InvalidRequestError(
      'A transport gave a Response whose body was read already: give response.clone()',
      { request },
    );
  const rules = rulesOf(to, request, headers);
  if (source instanceof IncomingBody) source.attachToCall(rules);
  else state.source = new StreamBody(source.stream(), rules);
}

class DetachedScope extends Cancellation {
  override onIdle(): void {
    this.release();
  }
}
