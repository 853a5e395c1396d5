import type { HeaderList } from '../../request/headers.ts';

const noHeaders: HeaderList = [];

/** What differs from one dispatch to the next. */
export interface DispatchRequest {
  readonly origin: string;
  /** Path and query; the whole URL for a proxy that forwards; the authority for CONNECT. */
  readonly path: string;
  readonly method: string;
  readonly headers: HeaderList;
  readonly body: unknown;
  /** Of TLS, where a `host` header would give undici another. */
  readonly servername: string | undefined;
}

/**
 * The options of one dispatch. undici reads them, and some that are not among them, through the
 * prototype chain: theirs has no `Object.prototype`, to which somebody may have added. To V8 a
 * literal without a prototype is a hash table; this is a record that costs less.
 */
export class DispatchOptions implements DispatchRequest {
  origin = '';
  path = '';
  method = '';
  headers: HeaderList = noHeaders;
  body: unknown = null;
  servername: string | undefined = undefined;
  /** `false`: undici may send others behind it before its headers have come. */
  blocking: boolean | undefined = undefined;
  // The clocks are the exchange's.
  readonly headersTimeout = 0;
  readonly bodyTimeout = 0;
}
Object.setPrototypeOf(DispatchOptions.prototype, null);

export const dispatchOptions = (request: DispatchRequest): DispatchOptions =>
  Object.assign(new DispatchOptions(), request);
