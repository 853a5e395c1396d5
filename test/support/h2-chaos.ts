/**
 * Frames of HTTP/2 at random: answers as they should be, and what breaks the protocol between, in
 * as many TCP segments as it happens.
 *
 * @module
 */
import { encode, errorCode, frameOf, frameType, number } from './h2-frames.ts';
import type { Random } from './random.ts';

const ok = encode([[':status', '200']]);

/** What a server sends that means well. */
const sound: ((random: Random) => Buffer)[] = [
  (r) => frameOf(frameType.headers, r.pick([4, 4, 5]), stream(r), ok),
  (r) => frameOf(frameType.headers, 4, stream(r), encode([[':status', r.pick(['100', '103'])]])),
  (r) => frameOf(frameType.headers, 4, stream(r), encode([[':status', '200'], length(r)])),
  (r) => frameOf(frameType.headers, 5, stream(r), encode([['x-trailer', '1']])),
  (r) => frameOf(frameType.data, r.pick([0, 1]), stream(r), 'x'.repeat(r.below(2000))),
  (r) => frameOf(frameType.data, 1, stream(r)),
  (r) => frameOf(frameType.rst, 0, stream(r), number(r.pick(codes), 4)),
  (r) => frameOf(frameType.goaway, 0, 0, goaway(r)),
  (r) => frameOf(frameType.settings, r.below(2), 0),
  (r) => frameOf(frameType.ping, r.below(2), 0, '12345678'),
  (r) => frameOf(frameType.windowUpdate, 0, r.pick([0, 1]), number(1 + r.below(1000), 4)),
];

/** What breaks the protocol, or nearly so. */
const broken: ((random: Random) => Buffer)[] = [
  (r) => frameOf(r.below(16), r.below(256), anyStream(r), r.bytes(r.below(40))),
  (r) => frameOf(frameType.data, r.below(16), anyStream(r), r.bytes(r.below(100))),
  (r) => frameOf(frameType.data, 0, stream(r), new Uint8Array(16_385)),
  (r) => frameOf(frameType.headers, r.below(64), anyStream(r), ok),
  (r) => frameOf(frameType.headers, 4, stream(r), r.bytes(1 + r.below(30))),
  (r) => frameOf(frameType.headers, 4, stream(r), encode([['x-a', 'without a status']])),
  (r) => frameOf(frameType.headers, 0, stream(r), ok),
  (r) =>
    frameOf(
      frameType.headers,
      4,
      stream(r),
      encode([
        [':status', '200'],
        ['A', 'b'],
      ]),
    ),
  (r) => frameOf(frameType.continuation, r.pick([0, 4]), anyStream(r), ok),
  (r) => frameOf(frameType.settings, 0, 0, r.bytes(r.below(20))),
  (r) => frameOf(frameType.settings, 1, 0, r.bytes(6)),
  (r) => frameOf(frameType.settings, 0, 0, Buffer.concat([number(1 + r.below(6), 2), r.bytes(4)])),
  (r) => frameOf(frameType.push, 4, stream(r), Buffer.concat([number(2, 4), ok])),
  (r) => frameOf(frameType.ping, 0, anyStream(r), r.bytes(r.pick([0, 7, 8, 9]))),
  (r) => frameOf(frameType.goaway, 0, anyStream(r), r.bytes(r.below(12))),
  (r) => frameOf(frameType.windowUpdate, 0, anyStream(r), number(r.pick([0, 2 ** 31 - 1]), 4)),
  (r) => frameOf(frameType.rst, 0, anyStream(r), r.bytes(r.pick([3, 4, 5]))),
  (r) => Buffer.concat([number(0xffffff, 3), r.bytes(6)]),
  () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
];

const codes = Object.values(errorCode);

function stream(random: Random): number {
  return random.pick([1, 1, 1, 3, 5]);
}

function anyStream(random: Random): number {
  return random.pick([0, 1, 1, 2, 3, 7, 999]);
}

function length(random: Random): [string, string] {
  return ['content-length', random.pick(['0', '5', '1999', 'none'])];
}

function goaway(random: Random): Buffer {
  return Buffer.concat([
    number(random.pick([0, 1, 3, 2 ** 31 - 1]), 4),
    number(random.pick(codes), 4),
  ]);
}

/** What a server does on one connection. */
export interface Chaos {
  /** It does not wait for a request. */
  readonly atOnce: boolean;
  /** What goes out together. */
  readonly segments: readonly Buffer[];
  readonly ending: 'fin' | 'rst' | 'none';
}

/** The conduct that a seed stands for. */
export function chaos(random: Random): Chaos {
  const frames: Buffer[] = random.chance(0.9) ? [frameOf(frameType.settings, 0, 0)] : [];
  // Most begin as a server that answers.
  if (random.chance(0.7)) frames.push(frameOf(frameType.headers, 4, 1, ok));
  const share = random.pick([0.1, 0.3, 0.7]);
  for (let left = 1 + random.below(8); left > 0; left--)
    frames.push(random.pick(random.chance(share) ? broken : sound)(random));
  const segments: Buffer[] = [];
  const isCut = random.chance(0.4);
  let segment: Buffer[] = [];
  for (const frame of frames) {
    segment.push(frame);
    if (!isCut || random.chance(0.6)) continue;
    segments.push(Buffer.concat(segment));
    segment = [];
  }
  segments.push(Buffer.concat(segment));
  const ending = random.pick(['fin', 'fin', 'fin', 'rst', 'none'] as const);
  return { atOnce: random.chance(0.2), segments, ending };
}
