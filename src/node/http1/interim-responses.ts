/**
 * Interim responses that undici refuses. It ends a connection for a `100 Continue` that it has not
 * asked for, while a client has to pass over any (RFC 9110, section 15.2), and the request may have
 * been carried out. Seen with undici 7.30 and 8.13.
 */
import type { Socket } from 'node:net';

/** `HTTP/1.1 100`: where the status begins, and what its last digit ends. */
const statusAt = 9;
const statusEnd = 12;
const cr = 0x0d;
const lf = 0x0a;
const zero = 0x30;
const one = 0x31;
const nine = 0x39;

/** Whether a response begins here with the whole status line of a final one, as most do. */
export const beginsFinalResponse = (chunk: Uint8Array): boolean =>
  chunk[0] !== cr && chunk[0] !== lf && chunk[statusAt] > one;

/**
 * Makes a `100` on its way to undici's parser a `109`: a status without a meaning, which is passed
 * over. It looks at the beginning of a response alone, up to the status of the final one.
 */
export class InterimResponses {
  /** Bytes of the status line that have come, up to the end of the status. */
  at = 0;
  /** Bytes of the line behind it. */
  #lineLength = 0;
  #isContinue = false;

  /** Looks at what a socket has read; false: it was the beginning of the final response. */
  pass(chunk: Uint8Array): boolean {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (this.at === statusEnd) this.#readFields(byte);
      else if (this.at === statusAt && byte !== one) {
        this.at = 0;
        return false;
      } else if (this.#readStatus(byte)) chunk[i] = nine;
    }
    return true;
  }

  /** Whether this is the last digit of 100. */
  #readStatus(byte: number): boolean {
    // Parsers pass over empty lines before a response (RFC 9112, section 2.2).
    if (this.at === 0 && (byte === cr || byte === lf)) return false;
    const digit = this.at++ - statusAt;
    if (digit === 1) this.#isContinue = byte === zero;
    // The rest of the line is none that is empty.
    else if (digit === 2) this.#lineLength = 1;
    return digit === 2 && this.#isContinue && byte === zero;
  }

  /** Up to the empty line, behind which another response begins. */
  #readFields(byte: number): void {
    if (byte !== lf) {
      if (byte !== cr) this.#lineLength++;
      return;
    }
    if (this.#lineLength === 0) this.at = 0;
    this.#lineLength = 0;
  }
}

/**
 * Has a new socket read none of them: undici takes any for the answer to a `CONNECT`. What is there
 * of a status line waits until it can be told whether it is that of the final response.
 */
export function leaveOutInterim(socket: Socket): void {
  const interim = new InterimResponses();
  let held: number[] | undefined = [];
  const push = socket.push.bind(socket);
  socket.push = (chunk: Uint8Array | null, encoding) => {
    if (!held || !chunk) return push(chunk, encoding);
    for (let at = 0; at < chunk.length; at++) {
      held.push(chunk[at]);
      if (!interim.pass(chunk.subarray(at, at + 1))) {
        const begun = Uint8Array.from(held);
        held = undefined;
        return push(Buffer.concat([begun, chunk.subarray(at + 1)]), encoding);
      }
      if (interim.at === 0 || interim.at === statusEnd) held = [];
    }
    return push(Buffer.alloc(0), encoding);
  };
}
