import { describe, expect, test } from 'vitest';
import { runProgram } from '../../support/child.ts';
import {
  encode,
  endHeaders,
  endStream,
  frameOf,
  frameType,
  number,
} from '../../support/h2-frames.ts';

const settings = frameOf(frameType.settings, 0, 0);
const ok = encode([[':status', '200']]);
const headers = frameOf(frameType.headers, endHeaders, 1, ok);
const data = frameOf(frameType.data, 0, 1, 'part');
const end = frameOf(frameType.data, endStream, 1, 'end');
const goaway = (code: number): Buffer =>
  frameOf(frameType.goaway, 0, 0, Buffer.concat([number(1, 4), number(code, 4)]));
/** One that no peer may send: its length is wrong. */
const malformed = frameOf(frameType.ping, 0, 0, '1234567');

// nghttp2 calls Node from within its receiving, and that runs what waits for what has come.
describe('F35: frames in one TCP segment do not end the process, whatever a call does then', () => {
  test.each([
    ['a GOAWAY, the end of a body, a malformed frame', 'read', [goaway(0), end, malformed]],
    ['a GOAWAY with an error, a malformed frame', 'read', [goaway(1), data, malformed]],
    ['a malformed frame, another', 'read', [data, malformed, malformed]],
    ['the end of a body, a malformed frame', 'read, then close()', [end, malformed]],
    ['a part of a body, a malformed frame', 'destroy() as a body comes', [data, malformed]],
    ['a part of a body, a malformed frame', 'abort as headers come', [data, malformed, data]],
  ])('%s: %s', async (_, fate, frames) => {
    const segment = Buffer.concat([settings, headers, ...frames]).toString('hex');
    const { code, signal, lines, errors } = await runProgram('segment-http2', [segment, fate]);
    expect([code, signal, errors]).toEqual([0, null, '']);
    expect(JSON.parse(lines[0] ?? 'null')).toEqual([expect.any(String), 'ok']);
  });

  test('2,000 sequences at random: every call comes to its end', async () => {
    const args = ['1', '2000'];
    const { code, signal, lines, errors } = await runProgram('fuzz-http2', args, ['--no-warnings']);
    expect([code, signal, errors]).toEqual([0, null, '']);
    expect(JSON.parse(lines.at(-1) ?? 'null')).toEqual({ cases: 2000, faults: [] });
  }, 330_000);
});
