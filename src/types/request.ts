import type { Awaitable } from './context.ts';

/**
 * What {@link RequestOptions.headers} takes: what `Headers` takes, and a record whose values may be
 * numbers. `null` removes a default, `undefined` inherits it.
 */
export type HeadersOption =
  NonNullable<RequestInit['headers']> | Record<string, string | number | null | undefined>;

/** A scalar in a query or a form. */
export type Scalar = string | number | boolean | bigint;

/**
 * What {@link RequestOptions.searchParams} takes: an array repeats its name, `null` removes a
 * default.
 *
 * @example
 * ```ts
 * const tags: SearchParamsOption = { tag: ['a', 'b'], page: 2, lang: null }; // ?tag=a&tag=b&page=2
 * ```
 */
export type SearchParamsOption =
  | string
  | URLSearchParams
  | readonly (readonly [string, Scalar])[]
  | Record<string, Scalar | null | undefined | readonly Scalar[]>;

/**
 * What {@link RequestOptions.form} takes: an array repeats its name; `null` and `undefined` are
 * left out.
 */
export type FormOption =
  | URLSearchParams
  | readonly (readonly [string, Scalar])[]
  | Record<string, Scalar | null | undefined | readonly Scalar[]>;

/** Bytes or strings, one piece after another. A Node `Readable` and a `ReadableStream` are ones. */
export type BodyIterable = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/** What `fetch` takes as a body. Not every platform's types name it. */
type Body = NonNullable<RequestInit['body']>;

/**
 * A body as a caller may give it. A function is called again for every replay (retry, redirect,
 * auth leg); a stream or iterable can be sent once, and a call with one is not retried.
 *
 * @example
 * ```ts
 * await session.post('log', {
 *   body: async function* () {
 *     yield 'made anew ';
 *     yield 'for each attempt';
 *   },
 * });
 * ```
 */
export type BodyOption = Body | BodyIterable | (() => Awaitable<Body | BodyIterable | null>) | null;

/** What a call may send: one of these, and none with GET and HEAD. */
export interface BodyOptions {
  /**
   * Serialised as JSON, with `content-type: application/json` unless one is set; `null` sends
   * `null`.
   *
   * @default none
   */
  json?: unknown;
  /**
   * Sent as `application/x-www-form-urlencoded` (URL standard, section 5). For
   * `multipart/form-data` give a `FormData` as `body`.
   *
   * @default none
   */
  form?: FormOption | undefined;
  /**
   * A stream or iterable is sent once: a call with one is not retried, and a redirect that has to
   * send it again rejects with {@link InvalidRequestError}. A function is called for each sending.
   * A form or a Blob with a type has its own `content-type` in place of a session's default.
   *
   * @default none
   */
  body?: BodyOption | undefined;
}

/** A body as middleware and transports see it. */
export type RequestBody =
  string | Uint8Array | Blob | FormData | AsyncIterable<Uint8Array | string> | null;

/** What was sent, as a response or an error tells it. Printed without secrets. */
export interface SentRequest {
  /** In upper case where HTTP defines it. */
  readonly method: string;
  /** Absolute, without userinfo. It is the last hop's. */
  readonly url: string;
  /** As they went out, cookies and credentials included; in browsers, as they were asked for. */
  readonly headers: Headers;
  /** Method and URL as messages say them: without secrets, at most 200 characters of the URL. */
  toString(): string;
}
