/** Where sockets read into. Node takes 64 KiB for every read and gives back what was not filled, which is most of it where answers are small. */
import type { Socket } from 'node:net';

/** What Node reads at once. */
const size = 64 * 1024;

/** Most reads go here, those of all sockets, and are copied at once. */
const shared = Buffer.allocUnsafeSlow(size);
let next: Uint8Array = shared;

/**
 * The `onread` of `net.connect` and `tls.connect`. Where reads are large the next is let stand in a buffer of its own, which is given once; it is not kept
 * for less than half of it. Node asks for a socket's next buffer when its `callback` has returned.
 */
export const onread = {
  buffer(): Uint8Array {
    const given = next;
    next = shared;
    return given;
  },
  callback(this: Socket, length: number, buffer: Uint8Array): boolean {
    const isLarge = length > size / 2;
    if (isLarge) next = Buffer.allocUnsafeSlow(size);
    const read = buffer.subarray(0, length);
    return this.push(isLarge && buffer !== shared ? read : Buffer.from(read));
  },
};
