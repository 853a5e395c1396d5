import { expect, test } from 'vitest';
import { runProgram } from '../../support/child.ts';

test('2,000 answers at random: every call comes to its end, and the session goes on', async () => {
  const args = ['1', '2000'];
  const { code, signal, lines, errors } = await runProgram('fuzz-http1', args, ['--no-warnings']);
  expect([code, signal, errors]).toEqual([0, null, '']);
  expect(JSON.parse(lines.at(-1) ?? 'null')).toEqual({ cases: 2000, faults: [] });
}, 330_000);
