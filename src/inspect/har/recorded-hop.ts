/** One hop on its way into an archive. */
import { splitPair, parseSetCookie } from '../../cookies/rules/set-cookie.ts';
import { SessionError } from '../../errors/session-error.ts';
import type {
  HarCookie,
  HarEntry,
  HarPair,
  HarParam,
  HarPostData,
  HarRequest,
  HarResponse,
  HarTimings,
} from '../../har/har.ts';
import { hasBrand } from '../../request/brand.ts';
import { redactField } from '../../request/redact.ts';
import { sentOf } from '../../request/sent-request.ts';
import { SessionResponse } from '../../response/session-response.ts';
import type { SessionRequest } from '../../types/middleware.ts';
import type { RequestBody } from '../../types/request.ts';
import type { HopTrace } from '../../types/response.ts';
import { type Showable, type ShownRequest, showRequest } from '../shared/shown-request.ts';
import { RecordedBody } from './recorded-body.ts';

/** How hops are recorded. */
export interface HarRules {
  readonly secrets: boolean;
  /** Bytes. */
  readonly maxBody: number;
}

const hidden = '[redacted]';

/**
 * What is kept of a hop. It does not hold the response, whose connection is freed when nobody else
 * holds it.
 */
export class RecordedHop {
  readonly body: RecordedBody;
  readonly #rules: HarRules;
  readonly #startedAt = new Date();
  readonly #start = performance.now();
  readonly #attempt: number;
  readonly #hop: number;
  #answeredAt = 0;
  #lastByteAt = 0;
  #request: HarRequest;
  #response: Omit<HarResponse, 'content'> = noResponse;
  #mimeType = '';
  #trace: HopTrace | undefined;
  #error: string | undefined;

  constructor(request: SessionRequest, rules: HarRules) {
    this.#rules = rules;
    this.#attempt = request.attempt;
    this.#hop = request.hop;
    this.body = new RecordedBody(rules.maxBody, rules.secrets);
    this.#request = requestOf(request, rules);
  }

  /** Of the body of its response. */
  received(chunk: Uint8Array): void {
    this.#lastByteAt = performance.now();
    this.body.add(chunk);
  }

  answered(response: SessionResponse): void {
    this.#answeredAt = performance.now();
    const { trace } = SessionResponse.stateOf(response);
    this.#trace = trace;
    this.#request = requestOf(response, this.#rules);
    this.#response = responseOf(response, this.#rules.secrets);
    this.#mimeType = response.headers.get('content-type') ?? '';
  }

  failed(error: unknown): void {
    this.#answeredAt = performance.now();
    // Of an error that is none of ours, the message may hold anything.
    const isShown = this.#rules.secrets || SessionError.is(error);
    this.#error = isShown ? String(error) : hidden;
  }

  /** As it stands now. */
  entry(): HarEntry {
    const { timings, connection } = this.#trace ?? {};
    const httpVersion = connection ? `HTTP/${connection.httpVersion}` : 'unknown';
    const all = timings ? harTimings(timings) : this.#measured;
    const { blocked, dns, connect, send, wait, receive } = all;
    const phases = [blocked, dns, connect, send, wait, receive];
    return {
      startedDateTime: this.#startedAt.toISOString(),
      time: phases.reduce((sum, phase) => sum + Math.max(phase, 0), 0),
      request: { ...this.#request, httpVersion },
      response: { ...this.#response, httpVersion, content: this.body.content(this.#mimeType) },
      cache: {},
      timings: all,
      ...(connection?.remoteAddress && {
        serverIPAddress: connection.remoteAddress.replace(/%.*/, ''),
      }),
      ...(connection?.localPort && { connection: String(connection.localPort) }),
      _attempt: this.#attempt,
      _hop: this.#hop,
      ...(this.#error !== undefined && { _error: this.#error }),
    };
  }

  /** Where the platform tells no timings. */
  get #measured(): HarTimings {
    const wait = Math.max(this.#answeredAt - this.#start, 0);
    const receive = Math.max(this.#lastByteAt - this.#answeredAt, 0);
    return { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait, receive };
  }
}

function harTimings(timings: NonNullable<HopTrace['timings']>): HarTimings {
  const { queued, dns, connect, tls, request, wait, body = 0 } = timings;
  const ifAny = (ms: number): number => ms || -1;
  return {
    blocked: ifAny(queued),
    dns: ifAny(dns),
    connect: ifAny(connect + tls),
    ssl: ifAny(tls),
    send: request,
    wait,
    receive: body,
  };
}

function requestOf(of: Showable, { secrets, maxBody }: HarRules): HarRequest {
  const shown = showRequest(of, secrets);
  const { method, url, headers, body } = shown;
  const [, cookies = ''] = headers.find(([name]) => name === 'cookie') ?? [];
  const postData = postDataOf(shown, maxBody);
  return {
    method,
    url,
    httpVersion: 'unknown',
    cookies: cookies === '' || cookies === hidden ? [] : cookies.split(';').map(toPair),
    headers: headers.map(([name, value]) => ({ name, value })),
    queryString: Array.from(new URL(url).searchParams, ([name, value]) => ({ name, value })),
    ...(postData && { postData }),
    headersSize: -1,
    bodySize: sizeOf(body),
  };
}

function toPair(pair: string): HarPair {
  const [name, value] = splitPair(pair);
  return { name, value };
}

function sizeOf(body: RequestBody | undefined): number {
  if (body === null) return 0;
  if (typeof body === 'string') return new TextEncoder().encode(body).length;
  if (body instanceof Uint8Array) return body.length;
  return -1;
}

function postDataOf({ headers, body }: ShownRequest, maxBody: number): HarPostData | undefined {
  if (body === null || body === undefined) return undefined;
  const [, mimeType = ''] = headers.find(([name]) => name === 'content-type') ?? [];
  if (sizeOf(body) > maxBody) return { mimeType, comment: 'left out: larger than maxBody' };
  if (typeof body === 'string') return { mimeType, text: body };
  if (body instanceof Uint8Array) return { mimeType, ...bytesAsText(body) };
  if (hasBrand(body, 'FormData')) return { mimeType, params: paramsOf(body) };
  return { mimeType, comment: 'left out: a stream' };
}

function bytesAsText(bytes: Uint8Array): Pick<HarPostData, 'text' | 'comment'> {
  try {
    return { text: new TextDecoder(undefined, { fatal: true }).decode(bytes) };
  } catch {
    return { comment: 'left out: no text' };
  }
}

const paramsOf = (form: FormData): HarParam[] =>
  Array.from(form, ([name, value]) =>
    typeof value === 'string'
      ? { name, value }
      : { name, fileName: value.name, contentType: value.type },
  );

const noResponse: Omit<HarResponse, 'content'> = {
  status: 0,
  statusText: '',
  httpVersion: 'unknown',
  cookies: [],
  headers: [],
  redirectURL: '',
  headersSize: -1,
  bodySize: -1,
};

function responseOf(response: SessionResponse, secrets: boolean): Omit<HarResponse, 'content'> {
  const { status, statusText, headers } = response;
  const { sent } = SessionResponse.stateOf(response);
  const location = headers.get('location') ?? '';
  const redirectURL = secrets ? location : sentOf(sent).redact(location);
  const value = (name: string, text: string): string => {
    if (secrets) return text;
    return name === 'location' ? redirectURL : redactField(name, text);
  };
  const length = headers.get('content-length');
  return {
    ...noResponse,
    status,
    statusText,
    cookies: headers.getSetCookie().flatMap((line) => cookieOf(line, secrets)),
    headers: Array.from(headers, ([name, text]) => ({ name, value: value(name, text) })),
    redirectURL,
    bodySize: length === null ? -1 : Number(length),
  };
}

function cookieOf(line: string, secrets: boolean): HarCookie[] {
  const now = Date.now();
  const read = parseSetCookie(line, now);
  if (typeof read === 'string') return [];
  const { name, value, path, domain, expires, httpOnly, secure, sameSite } = read;
  return [
    {
      name,
      value: secrets ? value : hidden,
      ...(path !== undefined && { path }),
      ...(domain && { domain }),
      ...(expires !== Infinity && { expires: new Date(Math.max(expires, 0)).toISOString() }),
      httpOnly,
      secure,
      ...(sameSite && { sameSite: `${sameSite[0]?.toUpperCase()}${sameSite.slice(1)}` }),
    },
  ];
}
