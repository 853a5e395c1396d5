import type { HeaderList } from '../../request/headers.ts';

/**
 * The options of one dispatch. undici reads them through the prototype chain: theirs has no
 * `Object.prototype`, and still the shape that V8 likes.
 */
export class Dispatch {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: HeaderList;
  body: unknown;
  readonly headersTimeout = 0;
  readonly bodyTimeout = 0;
  readonly servername: string | undefined;
  /** `false`: undici may send others behind it before its headers have come. */
  blocking: boolean | undefined;

  constructor(
    origin: string,
    path: string,
    method: string,
    headers: HeaderList,
    body: unknown,
    servername: string | undefined,
  ) {
    this.origin = origin;
    this.path = path;
    this.method = method;
    this.headers = headers;
    this.body = body;
    this.servername = servername;
    this.blocking = undefined;
  }
}
Object.setPrototypeOf(Dispatch.prototype, null);
