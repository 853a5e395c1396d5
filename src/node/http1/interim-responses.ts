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

/**
 * Makes a `100` on its way to undici's parser a `109`: a status without a meaning, which is passed
 * over. It looks at the beginning of a response alone, up to the status of the final one.
 */
export class InterimResponses {
  /** No final response has begun. */
  #expected = false;
  /** Bytes of the status line that have come, up to the end of the status. */
  #at = 0;
  /** Bytes of the line behind it. */
  #lineLength = 0;
  #isContinue = false;
  /** Of a status line, as long as it cannot be told whether it is that of the final response. */
  #held: number[] = [];

  /** What comes next is the beginning of a response. */
  expect(): void {
    this.#expected = true;
    this.#at = 0;
  }

  /** Looks at what a new socket reads, below all who read from it. */
  watch(socket: Socket): void {
    this.expect();
    const push = socket.push.bind(socket);
    socket.push = (chunk: Uint8Array | null, encoding) => {
      if (this.#expected && chunk) this.#look(chunk);
      return push(chunk, encoding);
    };
  }

  /**
   * Has a new socket read none of them: undici takes any for the answer to a `CONNECT`. What is
   * there of a status line waits until it can be told.
   */
  leaveOut(socket: Socket): void {
    this.expect();
    const push = socket.push.bind(socket);
    socket.push = (chunk: Uint8Array | null, encoding) =>
      push(this.#expected && chunk ? this.#withoutInterim(chunk) : chunk, encoding);
  }

  #withoutInterim(chunk: Uint8Array): Uint8Array {
    let at = 0;
    for (; at < chunk.length && this.#expected; at++) {
      const byte = chunk[at];
      if (this.#at === statusEnd) this.#readFields(byte);
      else {
        this.#held.push(byte);
        this.#readStatus(byte);
        if (this.#at === statusEnd) this.#held = [];
      }
    }
    const kept = this.#expected ? [] : this.#held.splice(0);
    return Buffer.concat([Uint8Array.from(kept), chunk.subarray(at)]);
  }

  #look(chunk: Uint8Array): void {
    // Most answers come with their whole status line, and it is that of the final response.
    if (this.#at === 0 && chunk[0] !== cr && chunk[0] !== lf && chunk[statusAt] > one) {
      this.#expected = false;
      return;
    }
    for (let i = 0; i < chunk.length && this.#expected; i++) {
      const byte = chunk[i];
      if (this.#at === statusEnd) this.#readFields(byte);
      else if (this.#readStatus(byte)) chunk[i] = nine;
    }
  }

  /** Whether this is the last digit of 100. */
  #readStatus(byte: number): boolean {
    // Parsers pass over empty lines before a response (RFC 9112, section 2.2).
    if (this.#at === 0 && (byte === cr || byte === lf)) return false;
    const digit = this.#at++ - statusAt;
    if (digit === 0) this.#expected = byte === one;
    else if (digit === 1) this.#isContinue = byte === zero;
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
    if (this.#lineLength === 0) this.expect();
    this.#lineLength = 0;
  }
}
