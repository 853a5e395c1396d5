import { expect, test } from 'vitest';
import { type Fault, runProgram } from '../support/credential-programs.ts';

test('R18: in 10,000 programs at random each secret arrives where it may alone', async () => {
  const faults: Fault[] = [];
  for (let number = 0; number < 10_000; number++) faults.push(...(await runProgram(1, number)));
  expect(faults.slice(0, 5)).toEqual([]);
}, 120_000);
