/**
 * Answers of HTTP/1.1 at random: as they should be, and with what breaks the protocol in any part
 * of them, in as many TCP segments as it happens.
 *
 * @module
 */
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { Random } from './random.ts';

/** What a server does when it is asked. */
export interface Conduct {
  /** It does not wait for the request's body. */
  readonly early: boolean;
  /** ms for which it reads nothing more. */
  readonly stall: number;
  /** What goes out together. */
  readonly segments: readonly Buffer[];
  readonly ending: 'fin' | 'rst' | 'none';
  readonly status: number;
  /** The text of the body, if nothing is broken. */
  readonly text: string;
}

const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const codings: Record<string, (text: string) => Buffer> = {
  identity: (text) => Buffer.from(text),
  gzip: (text) => gzipSync(text),
  deflate: (text) => deflateSync(text),
  br: (text) => brotliCompressSync(text, brotli),
};
const zeros = '\0'.repeat(300_000);

const brokenStatusLines = [
  'HTTP/1.1 200',
  'HTTP/1.1  200 OK',
  'HTTP/1.0 200 OK',
  'HTTP/0.9 200 OK',
  'HTTP/2 200 OK',
  'HTTP/1.1 20 OK',
  'HTTP/1.1 2000 OK',
  'HTTP/1.1 099 Low',
  'HTTP/1.1 000 None',
  'HTTP/1.1 999 High',
  'HTTP/1.1 -1 OK',
  'HTTP/1.1 abc',
  'HTTP/1.1 101 Switching Protocols',
  'HTTP/1.1 200 O\0K',
  'HTTP/1.1 200 O\rK',
  'HTTP/1.1 407 Proxy',
  'ICY 200 OK',
  'GET / HTTP/1.1',
  '',
];
const soundLines = [
  'x-a: b',
  'X-A:b',
  'x-empty:',
  'x-tab: \ta\tb\t',
  'x-latin: \xe9\xff',
  'set-cookie: a=b; Path=/',
  'set-cookie: a=c; Max-Age=0',
  `x-long: ${'l'.repeat(3000)}`,
  'content-type: text/html; charset=utf-8',
  'link: </2>; rel="next"',
  'date: Thu, 01 Jan 1970 00:00:00 GMT',
  'trailer: x-t',
  '__proto__: polluted',
];
const brokenLines = [
  'no colon',
  ': no name',
  'x-a : b',
  'x a: b',
  'x-folded: a\r\n b',
  ' x-folded: first',
  'x-control: a\0b',
  'x-control: a\x07b\x7f',
  'x-cr: a\rb',
  'x-lf: a\nb: c',
  '\xe9: b',
  '',
  'set-cookie: =\x01;;;',
  `set-cookie: ${'c'.repeat(9000)}`,
  `x-huge: ${'h'.repeat(20_000)}`,
  'x-many: 1\r\n'.repeat(2000).trimEnd(),
  'upgrade: websocket\r\nconnection: upgrade',
  'proxy-authenticate: Basic',
  'www-authenticate: Digest realm="',
  'content-type: multipart/form-data; boundary=',
  'content-type: text/plain; charset=utf-99',
  'content-range: bytes 5-1/0',
  'retry-after: -1',
  'keep-alive: timeout=-5, max=x',
  'keep-alive: timeout=0',
  'content-encoding: gzip, gzip, gzip, gzip, gzip, gzip, gzip',
  'content-encoding: nonesuch',
  'content-encoding: ,',
  'content-encoding: br, gzip',
];
const locations = ['/good', '', '?again', '//', 'http://[', 'ftp://host/', 'http://127.0.0.1:1/'];
const brokenLengths = ['-1', '+5', '0x5', 'five', '', ' ', '5, 5', '5, 6', '1e3', '9'.repeat(25)];
const transferCodings = [
  'gzip, chunked',
  'chunked, gzip',
  'chunked, chunked',
  'identity',
  'xchunked',
  'chunked;q=1',
  '"chunked"',
  ' Chunked\t',
  'gzip',
  '',
];
const brokenSizes = ['g', '-1', '', ' 5', '0x5', '5 5', '5\n', `${'f'.repeat(17)}1`, 'ffffffff'];
const extensions = ['', '', '', ';a', ';a=b', ';a="b c"'];
const brokenExtensions = [';', ';;', ';a="', ';a=\0', ` ;${'e'.repeat(20_000)}`, ';a\rb'];
const trailers = ['', '', 'x-t: 1\r\n', 'x-t: 1\r\nx-u: 2\r\n'];
const brokenTrailers = ['no colon\r\n', 'content-length: 5\r\n', ' x: 1\r\n', `t: ${zeros}\r\n`];

/** Draws parts of an answer: a share of them from what is broken. */
class Parts {
  readonly random: Random;
  readonly share: number;

  constructor(random: Random, share: number) {
    this.random = random;
    this.share = share;
  }

  get isBroken(): boolean {
    return this.random.chance(this.share);
  }

  pick<T>(sound: readonly T[], broken: readonly T[]): T {
    return this.random.pick(this.isBroken ? broken : sound);
  }
}

const noBody = (method: string, status: number): boolean =>
  method === 'HEAD' || status === 204 || status === 304;

/** The conduct that a seed stands for. `share`: of its parts that are broken, 0 for none. */
export function chaos(random: Random, method: string, share: number): Conduct {
  const parts = new Parts(random, share);
  const status = random.pick([200, 200, 200, 201, 203, 204, 299, 404]);
  const isEmpty = noBody(method, status);
  const text = isEmpty ? '' : JSON.stringify({ x: 'y'.repeat(random.below(3000)) });
  const coding = random.pick(Object.keys(codings));
  const encoded = codings[coding]?.(text) ?? Buffer.alloc(0);
  const data = parts.isBroken ? damage(random, encoded) : encoded;
  const framing = random.pick(['length', 'length', 'chunked', 'chunked', 'end'] as const);
  const lines = Array.from({ length: random.below(4) }, () => parts.pick(soundLines, brokenLines));
  if (coding !== 'identity' || random.chance(0.2)) lines.push(`content-encoding: ${coding}`);
  if (framing === 'end') lines.push('connection: close');
  else if (random.chance(0.3)) lines.push(`connection: ${random.pick(['keep-alive', 'Close'])}`);
  if (framing === 'chunked' && status !== 204) lines.push(...transferLines(parts));
  else if (framing === 'length' && status !== 204) lines.push(...lengthLines(parts, data.length));
  const statusLine = `HTTP/1.1 ${status} ${random.pick(['OK', '', 'N\xf3 such'])}`;
  if (parts.isBroken) lines.push(`location: ${random.pick(locations)}`);
  let answer = Buffer.concat([
    latin1(interim(parts)),
    latin1([parts.pick([statusLine], [...brokenStatusLines, 'HTTP/1.1 302 Found'])].join('')),
    latin1(['', ...shuffled(random, lines), '', ''].join('\r\n')),
    isEmpty && !parts.isBroken ? Buffer.alloc(0) : framed(parts, framing, data),
  ]);
  if (parts.isBroken) answer = random.chance(0.3) ? twice(answer) : damage(random, answer);
  const closes = framing === 'end' || lines.includes('connection: Close');
  return {
    early: parts.isBroken,
    stall: parts.isBroken && random.chance(0.2) ? 150 : 0,
    segments: cut(random, answer),
    ending: parts.pick([closes ? 'fin' : 'none'], ['fin', 'rst', 'none'] as const),
    status,
    text,
  };
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function twice(bytes: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([bytes, bytes]);
}

function shuffled(random: Random, lines: readonly string[]): string[] {
  const rest = [...lines];
  return lines.flatMap(() => rest.splice(random.below(rest.length), 1));
}

function interim(parts: Parts): string {
  const { random } = parts;
  if (parts.isBroken)
    return random.pick([
      'HTTP/1.1 100 Continue\r\n\r\n'.repeat(150),
      'HTTP/1.1 100 Continue\r\ncontent-length: 5\r\n\r\n',
      'HTTP/1.1 103 Early\r\nno colon\r\n\r\n',
      `HTTP/1.1 103 Early\r\nlink: ${'l'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n',
      '\r\n\r\n',
    ]);
  const known = ['102 Processing', '103 Early Hints\r\nlink: </a>; rel=preload'];
  return random.chance(0.2) ? `HTTP/1.1 ${random.pick(known)}\r\n\r\n` : '';
}

function lengthLines(parts: Parts, length: number): string[] {
  const { random } = parts;
  const right = `content-length: ${length}`;
  if (!parts.isBroken) return [right];
  return random.pick([
    [right, right],
    [right, `content-length: ${length + 1}`],
    [right, 'transfer-encoding: chunked'],
    [`content-length: ${Math.max(length - 1 - random.below(20), 0)}`],
    [`content-length: ${length + 1 + random.below(20)}`],
    [`content-length: ${random.pick(brokenLengths)}`],
    [],
  ]);
}

function transferLines(parts: Parts): string[] {
  const { random } = parts;
  const right = `transfer-encoding: ${random.pick(['chunked', 'Chunked'])}`;
  if (!parts.isBroken) return [right];
  return random.pick([
    [right, right],
    [right, 'content-length: 5'],
    [`transfer-encoding: ${random.pick(transferCodings)}`],
    [],
  ]);
}

function framed(parts: Parts, framing: 'length' | 'chunked' | 'end', data: Buffer): Buffer {
  if (framing !== 'chunked') return data;
  const { random } = parts;
  const out: Buffer[] = [];
  for (let at = 0; at < data.length;) {
    const size = 1 + random.below(random.pick([3, 100, 5000]));
    const chunk = data.subarray(at, at + size);
    const line = parts.pick([chunk.length.toString(16)], brokenSizes);
    const extension = parts.pick(extensions, brokenExtensions);
    out.push(latin1(`${line}${extension}\r\n`), chunk, latin1(parts.pick(['\r\n'], ['', '\n'])));
    at += size;
  }
  const last = parts.pick(['0', '000'], ['', '0 ', 'x']);
  out.push(latin1(`${last}\r\n${parts.pick(trailers, brokenTrailers)}\r\n`));
  return Buffer.concat(out);
}

/** Cuts bytes off, puts others in, or turns some over. */
function damage(random: Random, bytes: Buffer): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  return Buffer.concat(
    random.pick([
      [before],
      [before, random.bytes(1 + random.below(20)), after],
      [before, random.bytes(1), after.subarray(1)],
      [before, after.subarray(1 + random.below(20))],
      [bytes, random.bytes(1 + random.below(20))],
    ]),
  );
}

function cut(random: Random, bytes: Buffer): Buffer[] {
  const at = Array.from({ length: random.pick([0, 0, 1, 3, 8]) }, () => random.below(bytes.length));
  at.sort((a, b) => a - b);
  return [...at, bytes.length].map((end, n) => bytes.subarray(at[n - 1] ?? 0, end));
}
