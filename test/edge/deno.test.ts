import { inject } from 'vitest';
import { run } from '../package/consumer.ts';
import { declarePrograms, declareTests, order, undecoded } from './contract.ts';
import type { Report } from './inside/run.ts';
import { executable } from './runtimes.mjs';

const deno = executable('deno');
const consumer = inject('consumer');
const contract = order();

/** Runs a program with the network of this machine and nothing else; it must end by itself. */
async function runDeno(program: string, ...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(
    deno.path,
    [
      'run',
      '--no-prompt',
      '--no-remote',
      '--node-modules-dir=manual',
      '--allow-net=127.0.0.1,localhost',
      program,
      ...parameters,
    ],
    consumer,
  );
  if (code !== 0 || stderr !== '')
    throw new Error(`${deno.version}\n${program} ended with ${code}\n${stderr}\n${stdout}`);
  return stdout;
}

declareTests(
  contract,
  JSON.parse(await runDeno('process.js', JSON.stringify(contract))) as Report,
  [
    {
      tests: [
        'x-gzip is decoded however the body is read',
        'deflate is decoded however the body is read',
        'deflate-raw is decoded however the body is read',
        'codings in a row are undone in reverse',
      ],
      because: 'Deno offers gzip and br and decodes no other coding',
      instead: undecoded,
    },
    {
      tests: ['a network error is retried for a GET and not for a POST'],
      because: 'Deno itself sends a POST again when a connection that it had kept open is reset',
      instead: /to have a length of 1 but got \d/,
    },
  ],
);

declarePrograms((program) => runDeno(program));
