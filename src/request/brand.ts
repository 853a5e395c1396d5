export type Type = abstract new (...args: never[]) => object;

let nameless: Type[] | undefined;

/** Types of the host whose objects do not name themselves, for {@link brandOf}. */
export function setNameless(types: Type[]): void {
  nameless = types;
}

/** The name that an object of any realm or library gives itself: `FormData`, `Blob`, `Request`. */
export function brandOf(value: unknown): string {
  return (
    nameless?.find((type) => value instanceof type)?.name ??
    Object.prototype.toString.call(value).slice(8, -1)
  );
}

/** What is known by its brand. */
interface Branded {
  ArrayBuffer: ArrayBuffer;
  Blob: Blob;
  File: File;
  FormData: FormData;
  ReadableStream: ReadableStream<Uint8Array>;
  SharedArrayBuffer: SharedArrayBuffer;
  URL: URL;
  URLSearchParams: URLSearchParams;
}

/** Whether it is one of these, of any realm or library. */
export function hasBrand<Name extends keyof Branded>(
  value: unknown,
  name: Name,
): value is Branded[Name] {
  return brandOf(value) === name;
}

/** A `Request` of any realm. */
export function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && brandOf(value) === 'Request';
}
