import { crc32 } from 'node:zlib';

const firstMagic = 0x1f;
const secondMagic = 0x8b;
// Flags of a header.
const hasHeaderSum = 2;
const hasExtra = 4;
const hasName = 8;
const hasComment = 16;

/** Where a gzip body is: between members, in the parts of one, or in what is to be ignored. */
type GzipState = 'between' | 'header' | 'data' | 'trailer' | 'over';

/**
 * The framing of gzip members (RFC 1952 §2.3). Node's own gunzip fails on what follows the last
 * member, and loses output then; browsers ignore it. So only the raw data is left to Node, and the
 * framing read here, byte by byte: header and trailer are short.
 */
export class GzipFrames {
  state: GzipState = 'between';
  #sum = 0;
  #size = 0;
  readonly #parser = this.#parse();

  constructor() {
    this.#advance(0);
  }

  /**
   * Reads the framing at the start of `chunk` and returns what follows it. Throws for a bad header
   * or checksum.
   */
  read(chunk: Uint8Array): Uint8Array {
    let at = 0;
    for (const byte of chunk) {
      if (this.state === 'data' || this.state === 'over') break;
      this.#advance(byte);
      at++;
    }
    return chunk.subarray(at);
  }

  /** Whether the body may end here: some servers leave out the trailer. */
  get mayEnd(): boolean {
    return this.state !== 'header';
  }

  /** Counts output into the checksum. */
  update(output: Uint8Array): void {
    this.#sum = crc32(output, this.#sum);
    this.#size = (this.#size + output.length) % 2 ** 32;
  }

  /** The compressed data is over, its trailer follows. */
  endData(): void {
    this.#advance(0);
  }

  #advance(byte: number): void {
    this.state = this.#parser.next(byte).value ?? 'over';
  }

  *#parse(): Generator<GzipState, undefined, number> {
    if ((yield 'between') !== firstMagic || (yield 'header') !== secondMagic)
      throw new Error('incorrect header check');
    do {
      yield* skipHeader();
      this.#sum = this.#size = 0;
      yield 'data';
      if ((yield* number(4, 'trailer')) !== this.#sum) throw new Error('incorrect data check');
      if ((yield* number(4, 'trailer')) !== this.#size) throw new Error('incorrect length check');
      // What follows is another member, or to be ignored.
    } while ((yield 'between') === firstMagic && (yield 'between') === secondMagic);
    return undefined;
  }
}

/** What comes behind the two bytes of the magic number. */
function* skipHeader(): Generator<GzipState, void, number> {
  if ((yield 'header') !== 8) throw new Error('unknown compression method');
  const flags = yield 'header';
  // Time, extra flags and operating system.
  for (let count = 6; count > 0; count--) yield 'header';
  if (flags & hasExtra)
    for (let count = yield* number(2, 'header'); count > 0; count--) yield 'header';
  if (flags & hasName) yield* skipText();
  if (flags & hasComment) yield* skipText();
  if (flags & hasHeaderSum) yield* number(2, 'header');
}

/** Up to its zero byte. */
function* skipText(): Generator<GzipState, void, number> {
  while ((yield 'header') !== 0);
}

/** A little-endian number of so many bytes. */
function* number(bytes: number, state: GzipState): Generator<GzipState, number, number> {
  let value = 0;
  for (let i = 0; i < bytes; i++) value += (yield state) * 2 ** (8 * i);
  return value;
}
