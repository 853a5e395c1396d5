/** One hop on its way into an archive. */
import { SessionError } from '../../errors/session-error.ts';
import type { HarEntry, HarRequest, HarResponse, HarTimings } from '../../har/har.ts';
import { harRequest } from '../../har/har-request.ts';
import { harResponse, noResponse } from '../../har/har-response.ts';
import { RecordedBody } from '../../har/recorded-body.ts';
import { hidden, redaction } from '../../har/redaction.ts';
import { sentOf } from '../../request/sent-request.ts';
import { SessionResponse } from '../../response/session-response.ts';
import type { SessionRequest } from '../../types/middleware.ts';
import type { HopTrace } from '../../types/response.ts';
import { type Showable, showRequest } from '../shared/shown-request.ts';

/** How hops are recorded. */
export interface HarRules {
  readonly secrets: boolean;
  /** Bytes. */
  readonly maxBody: number;
}

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
    this.body = new RecordedBody(rules.maxBody, rules.secrets ? undefined : redaction);
    this.#request = requestOf(request, rules);
  }

  /** Of the body of its response. */
  received(chunk: Uint8Array): void {
    this.#lastByteAt = performance.now();
    this.body.add(chunk);
  }

  answered(response: SessionResponse): void {
    this.#answeredAt = performance.now();
    const { trace, sent } = SessionResponse.stateOf(response);
    this.#trace = trace;
    this.#request = requestOf(response, this.#rules);
    const url = (text: string): string => sentOf(sent).redact(text);
    this.#response = harResponse(response, this.#rules.secrets ? undefined : { ...redaction, url });
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
  return harRequest(showRequest(of, secrets), maxBody);
}
