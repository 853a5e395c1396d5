import { SessionError } from '../../errors/session-error.ts';
import type { HarEntry, HarRequest, HarResponse, HarTimings } from '../../har/har.ts';
import { harRequest, showKnown } from '../../har/har-request.ts';
import { harResponse, noResponse } from '../../har/har-response.ts';
import { RecordedBody } from '../../har/recorded-body.ts';
import { hidden, type Redaction } from '../../har/redaction.ts';
import type { TransportRequest } from '../../types/transport.ts';

/** Statuses whose responses have no body (Fetch, section 2.2.3). */
const bodiless = new Set([101, 204, 205, 304]);

/** One request over a transport, and its response, on their way into an archive. */
export class RecordedExchange {
  readonly #redaction: Redaction | undefined;
  readonly #request: HarRequest;
  readonly #startedAt = new Date();
  readonly #start = performance.now();
  readonly #body: RecordedBody;
  #answeredAt = 0;
  #lastByteAt = 0;
  #response: Omit<HarResponse, 'content'> = noResponse;
  #mimeType = '';
  #isCut = false;
  #error: string | undefined;

  /** Without a redaction, everything is kept. */
  constructor({ method, url, headers, body }: TransportRequest, redaction: Redaction | undefined) {
    this.#redaction = redaction;
    this.#request = harRequest(
      showKnown({ method, url: url.href, headers, body }, redaction),
      Infinity,
    );
    this.#body = new RecordedBody(Infinity, redaction);
  }

  /** Gives the same response, whose body is recorded as it is read. */
  answered(response: Response): Response {
    const { body, status, statusText, headers } = response;
    this.#answeredAt = performance.now();
    this.#response = harResponse(response, this.#redaction);
    this.#mimeType = headers.get('content-type') ?? '';
    if (!body || bodiless.has(status)) return response;
    this.#isCut = true;
    // A host makes no response with such a status.
    if (status > 599) return response;
    return new Response(this.#recorded(body), { status, statusText, headers });
  }

  failed(error: unknown): void {
    this.#answeredAt = performance.now();
    // Of an error that is none of ours, the message may hold anything.
    this.#error = !this.#redaction || SessionError.is(error) ? String(error) : hidden;
  }

  /** As it stands now. */
  entry(): HarEntry {
    const { wait, receive, ...phases } = this.#timings;
    const mimeType = this.#mimeType;
    return {
      startedDateTime: this.#startedAt.toISOString(),
      time: wait + receive,
      request: this.#request,
      response: {
        ...this.#response,
        content: this.#isCut
          ? { size: -1, mimeType, comment: 'left out: not read to its end' }
          : this.#body.content(mimeType),
      },
      cache: {},
      timings: { ...phases, wait, receive },
      ...(this.#error !== undefined && { _error: this.#error }),
    };
  }

  #recorded(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          this.#lastByteAt = performance.now();
          this.#body.add(chunk.slice());
          controller.enqueue(chunk);
        },
        flush: () => {
          this.#isCut = false;
        },
      }),
    );
  }

  get #timings(): HarTimings {
    const wait = Math.max(this.#answeredAt - this.#start, 0);
    const receive = Math.max(this.#lastByteAt - this.#answeredAt, 0);
    return { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait, receive };
  }
}
