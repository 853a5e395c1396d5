/**
 * Frames of HTTP/2, written by hand.
 *
 * @module
 */

/** RFC 9113, section 6. */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rst: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
  altsvc: 10,
  origin: 12,
} as const;
/** RFC 9113, section 7. */
export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
} as const;

/** Flags of DATA and HEADERS. */
export const endStream = 1;
export const endHeaders = 4;

export function frameOf(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | string = '',
): Buffer {
  const body = Buffer.from(payload as string, 'latin1');
  return Buffer.concat([
    number(body.length, 3),
    Buffer.from([type, flags]),
    number(stream, 4),
    body,
  ]);
}

/** HPACK (RFC 7541) without tables but for 200: literals that are not indexed. */
export function encode(fields: readonly [name: string, value: string][]): Buffer {
  return Buffer.concat(
    fields.map(([name, value]) =>
      name === ':status' && value === '200'
        ? Buffer.from([0x88])
        : Buffer.concat([Buffer.from([0]), text(name), text(value)]),
    ),
  );
}

/** A string literal, its length an integer with a prefix of 7 bits. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  const length: number[] = [Math.min(bytes.length, 127)];
  if (bytes.length >= 127) {
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** A number of so many bytes. */
export function number(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
