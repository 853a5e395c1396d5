/** {@link SessionResponse}: a `Response` that also knows its call. */
import { isDevelopment } from '../development.ts';
import { DecodeError } from '../errors/decode-error.ts';
import { type ErrorDetails, hide, nameError, SessionError } from '../errors/session-error.ts';
import { baseClass } from '../request/host/host-class.ts';
import { printAs, redactHeaders } from '../request/redact.ts';
import { sentOf } from '../request/sent-request.ts';
import type { SentRequest } from '../types/request.ts';
import type { HopTrace, Link, ServerSentEvent } from '../types/response.ts';
import type { InferOutput, StandardSchemaV1 } from '../types/standard-schema.ts';
import type { BodySource } from './body/body-source.ts';
import { toErrorData } from './error-data.ts';
import { hostBodies, type HostResponse, hostUrl, OwnResponse } from './host-objects.ts';
import { parseLinks } from './links.ts';
import { ownState, readCookies, type ResponseState, stateOf } from './response-state.ts';
import { checkSchema, validate } from './schema.ts';
import { decodeBody, eventsOf, linesOf } from './text/load-text.ts';

/** The private part of a response. */
export type SessionResponseState = ResponseState<SessionResponse>;

const ResponseBase = baseClass<HostResponse & HopTrace>(OwnResponse);

/** A host cancels the body of a response that is collected: it lives as long as its stream. */
const responses = new WeakMap<ReadableStream, SessionResponse>();

/**
 * A `Response` like every other, and the members that Python's requests taught: `history`,
 * `cookies`, `elapsed`, `links`, `throwForStatus()`.
 */
export class SessionResponse extends ResponseBase {
  readonly #state: SessionResponseState;

  /** @internal */
  constructor(host: Response | undefined, state: SessionResponseState) {
    super(host);
    if (host) Object.setPrototypeOf(this, new.target.prototype);
    this.#state = state;
  }

  /** Whether `value` is one, and not merely a `Response`. */
  static is(value: unknown): value is SessionResponse {
    return Boolean(Object(value)[ownState]?.());
  }

  /** @internal What only the library's own layers may touch. */
  static readonly stateOf: (response: SessionResponse) => SessionResponseState = stateOf;

  /** @internal `undefined` for what merely inherits it, such as a proxy. */
  [ownState](): SessionResponseState | undefined {
    return #state in this ? this.#state : undefined;
  }

  /** What was sent last (in browsers: what was asked). Printed without secrets. */
  get request(): SentRequest {
    const state = this.#state;
    return (state.request ??= sentOf(state.sent));
  }

  /** The redirect responses before this one, oldest first, bodies discarded. In browsers empty. */
  get history(): readonly SessionResponse[] {
    return this.#state.history;
  }

  /** `{name: value}` of the cookies that this response set. In browsers always empty. */
  get cookies(): Readonly<Record<string, string>> {
    return readCookies(this.#state);
  }

  /** ms from sending the request, a new connection included, to its headers, for this hop alone. */
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

  /** Whether a redirect led here. */
  get redirected(): boolean {
    return this.#state.redirected || this.#state.history.length > 0;
  }

  /** The URL of the last hop, without userinfo and fragment. */
  get url(): string {
    const state = this.#state;
    state.url ??= hostUrl(this);
    return state.url || state.sent.url.href;
  }

  /**
   * The body as a stream of its decoded bytes, always the same; `null` when there is none. It is a
   * default stream, not a byte stream.
   */
  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    const state = this.#state;
    if (!state.stream && state.source) responses.set((state.stream = state.source.stream()), this);
    return state.stream ?? null;
  }

  /** Whether somebody has read from the body, or cancelled it. */
  get bodyUsed(): boolean {
    return this.#state.source?.used ?? false;
  }

  /** Throws {@link HTTPError} for a status of 400 or more, else returns the response itself. */
  throwForStatus(): this {
    if (this.status >= 400)
      throw new HTTPError(this, this.#state.errorData?.value, this.#details());
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
    if (isDevelopment && schema !== undefined) checkSchema(schema, this.#details());
    const text = this.#source()?.text() ?? '';
    return typeof text === 'string'
      ? this.#parse(text, schema)
      : text.then((read) => this.#parse(read, schema));
  }

  #parse(text: string, schema: StandardSchemaV1 | undefined): unknown {
    const { parseJson = JSON.parse } = this.#state;
    let data: unknown;
    try {
      data = parseJson(text);
    } catch (cause) {
      const type = this.headers.get('content-type') ?? 'none';
      const found = text ? 'not' : 'empty, not';
      throw this.#decodeError(`The body is ${found} JSON (content-type: ${type})`, cause);
    }
    if (this.status >= 400) this.#state.errorData = { value: data };
    return schema ? validate(schema, data, this.#details()) : data;
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

  /** Throws for a label that is none, before the body is touched. */
  #checkEncoding(label: string | undefined): void {
    try {
      if (label !== undefined && label !== 'auto') new TextDecoder(label);
    } catch (cause) {
      throw this.#decodeError(`"${label}" is no encoding that is known here`, cause);
    }
  }

  /**
   * The body as text. `encoding`: a label, or `'auto'` (byte order mark, then the content-type's
   * charset, then UTF-8). Default: UTF-8, as in Fetch.
   */
  async text(encoding?: string): Promise<string> {
    const source = this.#source();
    if (!source) return '';
    this.#checkEncoding(encoding);
    const text =
      encoding === undefined ? source.text() : decodeBody(source, encoding, this.headers);
    if (this.status >= 400)
      this.#state.errorData = { value: toErrorData(await text, this.headers) };
    return text;
  }

  /** The decoded bytes of the body. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#source()?.bytes() ?? new Uint8Array();
  }

  /** The decoded bytes of the body as an `ArrayBuffer` of their own. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  /** The body as a `Blob` whose type is the content-type. */
  async blob(): Promise<Blob> {
    return (await this.#plain()).blob();
  }

  /**
   * The body as a form, `multipart/form-data` or `application/x-www-form-urlencoded`.
   *
   * @throws {DecodeError} when it is no form.
   */
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

  /**
   * A second response with the same head and body, both still to be read.
   *
   * @throws {TypeError} when the body was read already.
   */
  clone(): SessionResponse {
    const source = this.#source();
    this.#state.stream = undefined;
    const state = { ...this.#state, url: this.url };
    const copy = this.copy(state);
    if (source) [this.#state.source, state.source] = source.tee(hostBodies(this, copy));
    return copy;
  }

  /** @internal A second response with the same head. */
  copy(state: SessionResponseState): SessionResponse {
    // Of a body that broke off before anybody has read it there is nothing left to clone.
    if (state.source?.ended) return new SessionResponse(new OwnResponse(null, this), state);
    return new SessionResponse(OwnResponse.prototype.clone.call(this), state);
  }

  /**
   * The body line by line (`\n`, `\r\n` or `\r`). `encoding` as in {@link text}. Leaving the loop
   * early cancels the body.
   */
  async *lines(encoding?: string): AsyncGenerator<string, void, undefined> {
    this.#checkEncoding(encoding);
    yield* linesOf(this.#source(), encoding, this.headers);
  }

  /** The body as server-sent events (HTML standard §9.2). Leaving the loop cancels the body. */
  async *events(): AsyncGenerator<ServerSentEvent, void, undefined> {
    yield* eventsOf(this.#source());
  }
}

printAs(SessionResponse.prototype, 'SessionResponse', function view() {
  const { status, bodyUsed, elapsed, attempts } = this;
  const url = sentOf(SessionResponse.stateOf(this).sent).redact(this.url);
  const headers = redactHeaders(this.headers);
  return { status, url, headers, bodyUsed, elapsed, attempts };
});

/** A status of 400 or more. It stands here, as response and error speak of each other. */
export class HTTPError<T = unknown> extends SessionError {
  // To the compiler the arguments of a generic class are `any` after `instanceof`.
  declare static readonly [Symbol.hasInstance]: (error: unknown) => error is HTTPError;
  override readonly code = 'ERR_HTTP_STATUS';
  /** The status of {@link response}, 400 or more. */
  declare readonly status: number;
  /** Still readable. */
  declare readonly response: SessionResponse;
  /** The body: JSON where it is JSON, else text; `undefined` if not read, or above 1 MiB. */
  declare readonly data: T | undefined;

  constructor(response: SessionResponse, data?: unknown, details?: ErrorDetails) {
    const { request, status, statusText } = response;
    const answer = `${String(request)} answered ${status} ${statusText}`;
    super(answer.trimEnd(), { request, ...details });
    this.status = status;
    hide(this, { response, data });
  }

  /** Whether `error` is one, of any copy of this library. `T` says what `data` is, unchecked. */
  static override is<T = unknown>(error: unknown): error is HTTPError<T> {
    return SessionError.is(error) && error.code === 'ERR_HTTP_STATUS';
  }
}
nameError(HTTPError, 'HTTPError');
