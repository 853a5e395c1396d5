/**
 * Where sockets read into. Node takes 64 KiB for every read and gives back what was not filled,
 * which is most of it where answers are small.
 */
import type { Socket } from 'node:net';

/** What Node reads at once. */
const size = 64 * 1024;
/**
 * Shorter reads lie side by side in the pool of Node's buffers; others have memory of their own,
 * which goes when they go.
 */
const pooledBelow = 4096;

/** Most reads go here, those of all sockets, and are copied at once. */
const common = Buffer.allocUnsafeSlow(size);
let next: Uint8Array = common;

/**
 * The `onread` of `net.connect` and `tls.connect`. Where reads are large the next is let stand in a
 * buffer of its own, which is given once; it is not kept for less than half of it. Node asks for a
 * socket's next buffer when its `callback` has returned.
 */
export const onread = {
  buffer(): Uint8Array {
    const given = next;
    next = common;
    return given;
  },
  callback(this: Socket, length: number, buffer: Uint8Array): boolean {
    const isLarge = length > size / 2;
    if (isLarge) next = Buffer.allocUnsafeSlow(size);
    const read = buffer.subarray(0, length);
    return this.push(isLarge && buffer !== common ? read : copy(read));
  },
};

function copy(read: Uint8Array): Uint8Array {
  if (read.length < pooledBelow) return Buffer.from(read);
  const own = Buffer.allocUnsafeSlow(read.length);
  own.set(read);
  return own;
}
