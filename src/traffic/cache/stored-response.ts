/** A response as it is stored: made, read back, brought up to date, and answered with. */
import type { Outgoing } from '../../model.ts';
import { sentOf } from '../../request/sent-request.ts';
import { BytesBody, type BytesRules } from '../../response/body/bytes-body.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import { newResponseState, wrapResponse } from '../../response/wrap-response.ts';
import type { StoredIndex, StoredResponse } from './cache-store.ts';

/** The headers of a connection (RFC 9110, section 7.6.1), and what is not kept for its secrets. */
const neverStored: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Of a 304, what tells of a body that is not there (RFC 9111, section 3.2). */
const ofBody: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
]);

type Fields = StoredResponse['headers'];

export function headerOf({ headers }: StoredResponse, name: string): string | undefined {
  return headers.find(([known]) => known === name)?.[1];
}

/** The headers of a response that may be kept. */
export function storedHeaders(headers: Headers): Fields {
  const ofConnection = (headers.get('connection') ?? '').toLowerCase().split(/[\s,]+/);
  return [...headers].filter(([name]) => !neverStored.has(name) && !ofConnection.includes(name));
}

/** With what a 304 says (section 4.3.4). */
export function freshen(
  stored: StoredResponse,
  headers: Headers,
  times: Pick<StoredResponse, 'requestTime' | 'responseTime'>,
): StoredResponse {
  const updates = storedHeaders(headers).filter(([name]) => !ofBody.has(name));
  // The age and the date of the response before say nothing of this one.
  const replaced = new Set(['age', 'date', ...updates.map(([name]) => name)]);
  const kept = stored.headers.filter(([name]) => !replaced.has(name));
  return { ...stored, ...times, headers: [...kept, ...updates] };
}

/** How a response came out of the cache. */
export interface Answer {
  /** In seconds. */
  readonly age: number;
  /** What this cache did, by RFC 9211. */
  readonly cacheStatus: string;
  /** Cookies that a request for it has set. */
  readonly setCookies: readonly string[];
  readonly hasBody: boolean;
}

const name = 'isosession';

/** A response of its own for whoever asks. */
export function answerWith(
  stored: StoredResponse,
  answer: Answer,
  request: Outgoing,
): SessionResponse {
  const { status, statusText, body } = stored;
  const hasBody = answer.hasBody && body.length > 0;
  const headers = answerHeaders(stored, answer);
  const respond = request.call.state?.platform.respond;
  if (!respond) return wrapResponse(toResponse(stored, headers, hasBody), request);
  const state = newResponseState(request, 0, answer.setCookies);
  if (hasBody) state.source = new BytesBody(body, bytesRules(request));
  return respond({ status, statusText, headers }, state);
}

function answerHeaders(
  { headers }: StoredResponse,
  { age, cacheStatus, setCookies }: Answer,
): string[] {
  const list: string[] = [];
  for (const [key, value] of headers) if (key !== 'age') list.push(key, value);
  list.push('age', String(Math.floor(age)), 'cache-status', `${name}; ${cacheStatus}`);
  for (const line of setCookies) list.push('set-cookie', line);
  return list;
}

function bytesRules(request: Outgoing): BytesRules {
  const { options, cancellation, call } = request;
  return {
    limit: options.maxResponseSize,
    progress: options.onDownloadProgress,
    cancellation,
    request: sentOf(request),
    context: call.context,
  };
}

/** Throws where no response can have what was stored. */
function toResponse(
  { status, statusText, body }: StoredResponse,
  list: readonly string[],
  hasBody: boolean,
): Response {
  const headers = new Headers();
  for (let i = 0; i < list.length; i += 2) headers.append(list[i] ?? '', list[i + 1] ?? '');
  return new Response(hasBody ? new Uint8Array(body) : null, { status, statusText, headers });
}

/** For a request that must not be sent (RFC 9111, section 5.2.1.7). */
export function gatewayTimeout(): Response {
  return new Response(null, {
    status: 504,
    statusText: 'Gateway Timeout',
    headers: { 'cache-status': `${name}; detail=only-if-cached` },
  });
}

/** What a store gave, if it is what was stored of this URL: it may hold anything. */
export function readStoredResponse(value: unknown, url: string): StoredResponse | undefined {
  const { headers, body, ...rest }: Partial<Record<string, unknown>> = Object(value);
  const { status, statusText, requestTime, responseTime } = rest;
  if (rest['url'] !== url || !(body instanceof Uint8Array)) return undefined;
  if (!isWithin(status, 200, 599) || typeof statusText !== 'string') return undefined;
  if (!isWithin(requestTime, 0, Infinity) || !isWithin(responseTime, 0, Infinity)) return undefined;
  const fields = readFields(headers);
  const stored = { url, status, statusText, requestTime, responseTime, body };
  return fields && answerable({ ...stored, headers: fields });
}

/** The same, unless no response can have its status, text or headers. */
function answerable(stored: StoredResponse): StoredResponse | undefined {
  try {
    toResponse(stored, stored.headers.flat(), false);
    return stored;
  } catch {
    return undefined;
  }
}

const isWithin = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && value >= least && value <= most;

function readFields(given: unknown): Fields | undefined {
  if (!Array.isArray(given)) return undefined;
  const fields: [string, string][] = [];
  const pairs: unknown[] = given;
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const [key, value]: unknown[] = pair;
    if (typeof key !== 'string' || typeof value !== 'string') return undefined;
    if (!neverStored.has(key.toLowerCase())) fields.push([key, value]);
  }
  return fields;
}

export function readStoredIndex(value: unknown): StoredIndex | undefined {
  const { generation, vary }: Partial<Record<string, unknown>> = Object(value);
  if (typeof generation !== 'string' || !Array.isArray(vary)) return undefined;
  const names: unknown[] = vary;
  if (!names.every((one) => typeof one === 'string')) return undefined;
  return { generation, vary: names };
}
