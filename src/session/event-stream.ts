/** Server-sent events that go on where their stream broke (HTML standard, section 9.2). */
import { Call } from '../call/call.ts';
import { wait } from '../cancellation/cancellation.ts';
import { withinSession } from '../cancellation/within-session.ts';
import { isDevelopment } from '../development.ts';
import { DecodeError } from '../errors/decode-error.ts';
import { isTransientError } from '../errors/transient-error.ts';
import { internals } from '../internals.ts';
import type { CallerOptions, SessionState } from '../model.ts';
import { count, typed } from '../options/kinds.ts';
import { isReplayable } from '../request/body.ts';
import { isFieldValue, readHeaders } from '../request/headers.ts';
import { isSafe } from '../request/method.ts';
import { toByteText } from '../request/text/byte-text.ts';
import { ResponsePromise } from '../response/response-promise.ts';
import { SessionResponse } from '../response/session-response.ts';
import { discard } from '../response/wrap-response.ts';
import { eventsOf, loadText } from '../response/text/load-text.ts';
import type { EventPosition } from '../response/text/read-text.ts';
import type { BaseSession } from '../session.ts';
import type { RequestBody } from '../types/request.ts';
import type { ServerSentEvent } from '../types/response.ts';
import type { EventStreamOptions } from '../types/session.ts';

/** ms to wait before a stream is asked for again, where its server names none. */
const defaultReconnectionTime = 3_000;

/** ms that it grows from where the server names fewer: nobody is to be asked without a pause. */
const leastBackoff = 1_000;

/** ms that the wait grows to, from one attempt in a row to the next. */
const longestBackoff = 60_000;

/** What the calls of one stream have in common. */
interface Source {
  readonly state: SessionState;
  readonly input: string | URL;
  readonly options: CallerOptions;
  readonly position: EventPosition;
  /** The ID that the caller has named. */
  readonly givenId: string;
  /** Of the call before, a stream of whose is gone. */
  body: RequestBody;
}

/**
 * Server-sent events over the session's cookies and credentials, which go on where their stream
 * broke: it is asked for again after the time that the server has named, else 3 s, longer from one
 * failed attempt in a row to the next, with the ID of the last event that was whole
 * (`Last-Event-ID`). Each stream is a call of its own, to the same URL, with the redirects and
 * retries of the session.
 *
 * The iteration ends by a status of 204. It throws what no further attempt would mend: an
 * `HTTPError`, a {@link DecodeError} where the answer is no event stream, a total timeout, the
 * reason of the signal, what the callbacks throw.
 *
 * A request that may change something, as a POST does, is sent again only where its stream broke
 * and the server has given an ID to go on from; else the error is thrown. So it is where the body
 * is a stream, which is gone: give a function that returns a new one. Where the server ends the
 * stream of such a request, the iteration ends, too.
 *
 * @example
 * ```ts
 * const news = eventStream(session, 'news', { signal: AbortSignal.timeout(60_000) });
 * for await (const { type, data, id } of news) console.log(type, data, id);
 * ```
 */
export async function* eventStream(
  session: BaseSession,
  input: string | URL,
  given: EventStreamOptions = {},
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const { lastEventId = '', limit = Infinity, onOpen, onReconnect, ...options } = given;
  typed('string')(lastEventId, 'lastEventId');
  count(limit, 'limit');
  const position: EventPosition = { lastEventId, retry: undefined };
  const state = session[internals];
  const source: Source = { state, input, options, position, givenId: lastEventId, body: null };
  // Later its failure would look like one of the stream.
  await loadText();
  for (let attempt = 0; ;) {
    const end = yield* readStream(source, (response) => {
      attempt = 0;
      return onOpen?.(response);
    });
    if (!end.goesOn || ++attempt > limit) {
      if (end.failure) throw end.failure.error;
      return;
    }
    const delay = delayBefore(attempt, position);
    await onReconnect?.({ delay, attempt });
    await waitFor(delay, state, options.signal);
  }
}

/** How one stream has ended. */
interface StreamEnd {
  /** Whether to ask for another one. */
  readonly goesOn: boolean;
  /** `undefined`: the server has ended it. */
  readonly failure?: { readonly error: unknown };
}

/** The events of one stream. */
async function* readStream(
  source: Source,
  onOpen: NonNullable<EventStreamOptions['onOpen']>,
): AsyncGenerator<ServerSentEvent, StreamEnd, undefined> {
  let response: SessionResponse | undefined;
  try {
    response = await open(source);
  } catch (error) {
    return failedBy(error, source);
  }
  if (!response) return { goesOn: false };
  try {
    await onOpen(response);
  } catch (error) {
    discard(response);
    throw error;
  }
  try {
    yield* eventsOf(SessionResponse.stateOf(response).source, source.position);
  } catch (error) {
    return failedBy(error, source);
  }
  return { goesOn: changesNothing(source) && isReplayable(source.body) };
}

function failedBy(error: unknown, source: Source): StreamEnd {
  const { state, body } = source;
  const mayRepeat = (changesNothing(source) || hasMoved(source)) && isReplayable(body);
  return { goesOn: mayRepeat && isTransientError(error, state.platform), failure: { error } };
}

/** Whether the server has given an ID to go on from. */
function hasMoved({ position: { lastEventId }, givenId }: Source): boolean {
  return lastEventId !== '' && lastEventId !== givenId;
}

/** Whether a further request asks for the same stream, and changes nothing. */
const changesNothing = ({ options: { method = 'GET' } }: Source): boolean =>
  isSafe(method.toUpperCase());

/** A stream of events from the position on; `undefined`: the server has said that there is none. */
async function open(source: Source): Promise<SessionResponse | undefined> {
  const { state, input, options, position } = source;
  const own = streamOptions(state, options, position.lastEventId);
  const call = new Call(state, { input, options: own });
  call.accept = 'text/event-stream';
  const promise = new ResponsePromise(call).checked();
  const response = await promise.finally(() => (source.body = call.request?.body ?? null));
  const { status, headers } = response;
  if (status === 204) return undefined;
  const type = headers.get('content-type');
  if (status === 200 && /^text\/event-stream *(?:;|$)/i.test(type ?? '')) return response;
  discard(response);
  throw new DecodeError(
    isDevelopment
      ? `The answer is no event stream (status: ${status}, content-type: ${type ?? 'none'})`
      : 'event stream',
    { request: response.request, context: call.context },
  );
}

/** The options of one call. What it was asked for last must reach whoever a redirect leads to. */
function streamOptions(
  { options: defaults, headers: inherited, platform }: SessionState,
  options: CallerOptions,
  lastEventId: string,
): CallerOptions {
  const headers = readHeaders(options.headers ?? {});
  if (options.headers === null) {
    const own = platform.headers(undefined);
    for (const [name, value] of inherited)
      if (own.get(name) !== value) headers.set(name, own.get(name));
  }
  const id = toByteText(lastEventId);
  // One that no header can hold is to the server as if there were none.
  if (id && isFieldValue(id)) headers.set('last-event-id', id);
  const own: CallerOptions = {
    ...options,
    keepHeaders: [...(options.keepHeaders ?? defaults.keepHeaders), 'last-event-id'],
  };
  // A header of the kind makes a browser ask another origin first whether it may be sent.
  if (!platform.cookieLayer) own.cache ??= 'no-store';
  else if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  return { ...own, headers: Object.fromEntries(headers) };
}

/** At least the reconnection time; from the second attempt in a row on longer, and spread. */
function delayBefore(attempt: number, { retry = defaultReconnectionTime }: EventPosition): number {
  if (attempt === 1) return retry;
  const grown = Math.max(retry, leastBackoff) * 2 ** (attempt - 1);
  const longest = Math.min(grown, Math.max(retry, longestBackoff));
  return retry + (longest - retry) * Math.random();
}

function waitFor(
  ms: number,
  state: SessionState,
  signal: AbortSignal | null | undefined,
): Promise<void> {
  return withinSession(state, async (cancellation) => {
    if (signal) cancellation.follow(signal);
    try {
      await wait(ms, cancellation);
    } finally {
      cancellation.release();
    }
  });
}
