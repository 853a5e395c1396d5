/** {@link SessionResponse}: a `Response` that also knows its call. */
import { DecodeError } from '../errors/decode-error.ts';
import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { SchemaError } from '../errors/schema-error.ts';
import { type ErrorDetails, hide, nameError, SessionError } from '../errors/session-error.ts';
import type { SentRequest } from '../types/request.ts';
import type { Link, ServerSentEvent } from '../types/response.ts';
import type { InferOutput, SchemaIssue, StandardSchemaV1 } from '../types/standard-schema.ts';
import type { BodySource } from './body-source.ts';
import { decoderOf, type Decoder } from './text-decoding.ts';
import { readEvents } from './events.ts';
import { readLines } from './lines.ts';
import { parseLinks } from './links.ts';
import { printAs, redactHeaders, redactUrl } from '../request/redact.ts';
import { sentOf } from '../request/sent-request.ts';
import { pieces } from '../request/streams.ts';
import type { CallInfo, Outgoing } from '../model.ts';

/** What a response carries besides the platform's own parts. */
export interface ResponseState {
  /** The request as it was sent. */
  readonly sent: Outgoing;
  /** The same for the public, made when somebody asks. */
  request: SentRequest | undefined;
  /** ms from send to headers. */
  readonly elapsed: number;
  attempts: number;
  history: readonly SessionResponse[];
  cookies: Readonly<Record<string, string>>;
  /** The `Set-Cookie` lines, where they can be had without `Headers`. */
  readonly setCookies: readonly string[] | undefined;
  source: BodySource | null;
  /** The stream behind `body`: the source itself does not hold it, so that it can be collected. */
  stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  parseJson: ((text: string) => unknown) | undefined;
  /** The call it belongs to; from `session.fetch`, `json()` fails as fetch's does. */
  readonly call: CallInfo;
  /** As the host's Response has them; empty where it does not say. */
  readonly url: string;
  readonly redirected: boolean;
  /** The body as `throwHttpErrors` or a hook has read it. */
  data: { value: unknown } | undefined;
  /** Of a response that belongs to no call yet: makes it that of this request's call. */
  attachToCall?(to: Outgoing): void;
}

/**
 * What a SessionResponse leaves as the platform has it. Its own members are not overrides to the
 * compiler: platforms' types disagree on what they override.
 */
type Untouched = Omit<
  Response,
  | 'redirected'
  | 'url'
  | 'body'
  | 'bodyUsed'
  | 'json'
  | 'text'
  | 'bytes'
  | 'arrayBuffer'
  | 'blob'
  | 'formData'
  | 'clone'
>;

// Returning an object from a constructor makes the fields of a subclass land on that object: this
// is how a Response that the host made becomes a SessionResponse. Without an object there is
// nothing to adopt, and `Response` itself is never constructed.
const Adopted = function adopt(host: object | undefined) {
  return host;
} as unknown as new (host: object | undefined) => Untouched;
Adopted.prototype = globalThis.Response?.prototype ?? Object.prototype;

/** The body of an HTTP error as data: JSON where it is JSON, else the text. */
export function dataOf(text: string, { headers }: Response): unknown {
  try {
    if (/[/+]json\b/i.test(headers.get('content-type') ?? '')) return JSON.parse(text);
  } catch {
    // The status is the news; a body that cannot be parsed is not.
  }
  return text;
}

/**
 * A host cancels the body of a `Response` that is collected: the response lives as long as its
 * stream.
 */
const responses = new WeakMap<ReadableStream, SessionResponse>();

/**
 * A `Response` like every other, and the members that Python's requests taught: `history`,
 * `cookies`, `elapsed`, `links`, `throwForStatus()`.
 */
export class SessionResponse extends Adopted {
  readonly #state: ResponseState;

  /** @internal */
  constructor(host: Response | undefined, state: ResponseState) {
    super(host);
    if (host) Object.setPrototypeOf(this, new.target.prototype);
    this.#state = state;
  }

  /** Whether `value` is one, and not merely a `Response`. */
  static is(value: unknown): value is SessionResponse {
    return #state in Object(value);
  }

  /** @internal What only the library's own layers may touch. */
  static stateOf(response: SessionResponse): ResponseState {
    return response.#state;
  }

  /** What was sent last (in browsers: what was asked). Printed without secrets. */
  get request(): SentRequest {
    return (this.#state.request ??= sentOf(this.#state.sent));
  }

  /**
   * The redirect responses before this one, oldest first, their bodies discarded. In browsers
   * always empty.
   */
  get history(): readonly SessionResponse[] {
    return this.#state.history;
  }

  /** `{name: value}` of the cookies that this response set. In browsers always empty. */
  get cookies(): Readonly<Record<string, string>> {
    return this.#state.cookies;
  }

  /** ms from sending the request to its headers, for this response alone. */
  get elapsed(): number {
    return this.#state.elapsed;
  }

  /** The attempts it took, 1 without a retry. */
  get attempts(): number {
    return this.#state.attempts;
  }

  /** The `Link` header by `rel`, URLs absolute (RFC 8288): `response.links.next?.url`. */
  get links(): Record<string, Link> {
    return parseLinks(this.headers.get('link'), this.url);
  }

  get redirected(): boolean {
    return this.#state.redirected || this.#state.history.length > 0;
  }

  get url(): string {
    return this.#state.url || this.#state.sent.url.href;
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    const state = this.#state;
    if (!state.stream && state.source) responses.set((state.stream = state.source.stream()), this);
    return state.stream ?? null;
  }

  get bodyUsed(): boolean {
    return this.#state.source?.used ?? false;
  }

  /** Throws {@link HTTPError} for a status of 400 or more, else returns the response itself. */
  throwForStatus(): this {
    if (this.status >= 400) throw new HTTPError(this, this.#state.data?.value, this.#details());
    return this;
  }

  /** The body, to be read once. Rejects with TypeError, as fetch does, when that has happened. */
  #source(): BodySource | null {
    const source = this.#state.source;
    if (source && (source.used || source.locked)) throw new TypeError('The body was read already');
    return source;
  }

  /**
   * The body as JSON. With a Standard Schema (zod, valibot, arktype …) the data is validated.
   *
   * @throws {DecodeError} when it is not JSON, an empty body included; {@link SchemaError} when it
   * is not what the schema wants.
   */
  json<S extends StandardSchemaV1>(schema: S): Promise<InferOutput<S>>;
  json<T = unknown>(): Promise<T>;
  async json(schema?: StandardSchemaV1): Promise<unknown> {
    return this.readJson(schema);
  }

  /** @internal The same without a promise where the body is here already. */
  readJson(given: StandardSchemaV1 | undefined): unknown {
    const schema = this.#state.call.asFetch ? undefined : given;
    if (schema !== undefined && !schema?.['~standard'])
      throw new InvalidRequestError(
        'json() takes a Standard Schema (zod, valibot, arktype)',
        this.#details(),
      );
    const text = this.#source()?.text() ?? '';
    return typeof text === 'string'
      ? this.#parse(text, schema)
      : text.then((late) => this.#parse(late, schema));
  }

  #parse(text: string, schema: StandardSchemaV1 | undefined): unknown {
    const { parseJson = JSON.parse } = this.#state;
    let data: unknown;
    try {
      data = parseJson(text);
    } catch (cause) {
      throw this.#decodeError(
        `The body is ${text ? 'not' : 'empty, not'} JSON (content-type: ${this.headers.get('content-type') ?? 'none'})`,
        cause,
      );
    }
    if (this.status >= 400) this.#state.data = { value: data };
    return schema ? this.#validate(data, schema) : data;
  }

  async #validate(data: unknown, schema: StandardSchemaV1): Promise<unknown> {
    const { issues, value } = (await schema['~standard'].validate(data)) as {
      issues?: readonly SchemaIssue[];
      value?: unknown;
    };
    if (issues) throw new SchemaError(issues, this.#details());
    return value;
  }

  #details(): ErrorDetails {
    return { request: this.request, context: this.#state.call.context };
  }

  /** A body that is not what was asked for; from `session.fetch` it fails as fetch's does. */
  #decodeError(message: string, cause: unknown): unknown {
    return this.#state.call.asFetch || SessionError.is(cause)
      ? cause
      : new DecodeError(message, { ...this.#details(), cause });
  }

  #decoder(encoding: string | undefined): Decoder {
    try {
      return decoderOf(encoding, this.headers.get('content-type'));
    } catch (cause) {
      throw this.#decodeError(`"${encoding}" is no encoding that is known here`, cause);
    }
  }

  /**
   * The body as text. `encoding`: a label, or `'auto'` (byte order mark, then the content-type's
   * charset, then UTF-8). Default: UTF-8, as in Fetch.
   */
  async text(encoding?: string): Promise<string> {
    const source = this.#source();
    if (!source) return '';
    const text =
      encoding === undefined ? source.text() : this.#decoder(encoding).decode(await source.bytes());
    if (this.status >= 400) this.#state.data = { value: dataOf(await text, this) };
    return text;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#source()?.bytes() ?? new Uint8Array();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  async blob(): Promise<Blob> {
    return (await this.#plain()).blob();
  }

  async formData(): Promise<FormData> {
    const plain = await this.#plain();
    try {
      return await plain.formData();
    } catch (cause) {
      throw this.#decodeError('The body is not a form', cause);
    }
  }

  /** The platform's own Response of the bytes, for what it reads best. */
  async #plain(): Promise<Response> {
    return new Response(await this.bytes(), { headers: this.headers });
  }

  clone(): SessionResponse {
    const source = this.#source();
    this.#state.stream = undefined;
    const state = { ...this.#state };
    if (source) [this.#state.source, state.source] = source.tee();
    return this.copy(state);
  }

  /** @internal A second response with the same head. */
  protected copy(state: ResponseState): SessionResponse {
    // Only the host can copy an opaque response; of a body that is read here it would lose what has
    // come.
    return new SessionResponse(
      state.source ? new Response(null, this) : Response.prototype.clone.call(this),
      state,
    );
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    yield* pieces(this.#source()?.stream() ?? []);
  }

  /**
   * The body line by line (`\n`, `\r\n` or `\r`). `encoding` as in {@link text}. Leaving the loop
   * early cancels the body.
   */
  async *lines(encoding?: string): AsyncGenerator<string, void, undefined> {
    yield* readLines(this.#chunks(), this.#decoder(encoding));
  }

  /**
   * The body as server-sent events (WHATWG HTML, "Server-sent events"). Leaving the loop early
   * cancels the body.
   */
  events(): AsyncGenerator<ServerSentEvent, void, undefined> {
    return readEvents(this.#chunks());
  }
}

printAs(SessionResponse.prototype as SessionResponse, 'SessionResponse', function view() {
  const { status, url, headers, bodyUsed, elapsed, attempts } = this;
  return {
    status,
    url: redactUrl(url),
    headers: redactHeaders(headers),
    bodyUsed,
    elapsed,
    attempts,
  };
});

/** Ends a body that nobody is to read. */
export function discard(response: SessionResponse): void {
  SessionResponse.stateOf(response).source?.discard();
}

/**
 * A status of 400 or more. It stands beside {@link SessionResponse}, as each speaks of the other.
 */
export class HTTPError extends SessionError {
  static {
    nameError(this, 'HTTPError');
  }
  override readonly code = 'ERR_HTTP_STATUS';
  declare readonly status: number;
  /** Still readable. */
  declare readonly response: SessionResponse;
  /**
   * The body as JSON where it is JSON, else as text; `undefined` when it was not read or is larger
   * than 1 MiB.
   */
  declare readonly data: unknown;

  constructor(response: SessionResponse, data?: unknown, details?: ErrorDetails) {
    const { request, status, statusText } = response;
    const message = `${request.method} ${request.url} answered ${status} ${statusText}`;
    super(message.trimEnd(), { request, ...details });
    this.status = status;
    hide(this, { response, data });
  }
}
