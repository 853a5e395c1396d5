/** Where the secrets of programs at random arrive: see `test/support/credential-programs.ts`. */
import { runProgram } from '../../support/credential-programs.ts';
import { faults, fuzz, seed } from '../../support/fuzz.ts';

await fuzz(
  async (number) => {
    for (const { message } of await runProgram(seed, number)) faults.push(`${number}: ${message}`);
  },
  () => {},
);
