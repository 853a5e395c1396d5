/**
 * The name that an object of any realm or library gives itself: `FormData`, `Blob`, `Request`.
 * Those of happy-dom, and of workerd before its compatibility date 2024-09-26, have it of their
 * class alone.
 */
export function brandOf(value: unknown): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === 'Object' ? (classOf(value as object)?.name ?? tag) : tag;
}

/** By its prototype: what it says itself may be data. */
function classOf(value: object): { readonly name: string } | undefined {
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype?.constructor;
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

/** Bytes of any realm: in a test's page, the host's own are of another one than the page's. */
export const isBytes = (value: unknown): value is Uint8Array => brandOf(value) === 'Uint8Array';

/** A `Request` of any realm. */
export function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && brandOf(value) === 'Request';
}
