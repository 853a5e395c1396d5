import { inject } from 'vitest';
import { run } from '../package/consumer.ts';
import { declarePrograms, declareTests, order, undecoded } from './contract.ts';
import type { Report } from './inside/run.ts';
import { executable } from './runtimes.mjs';

const bun = executable('bun');
const consumer = inject('consumer');
const contract = order();

/** Runs a program, which must end by itself. */
async function runBun(program: string, ...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(
    bun.path,
    ['run', '--no-install', program, ...parameters],
    consumer,
  );
  if (code !== 0 || stderr !== '')
    throw new Error(`bun ${bun.version}\n${program} ended with ${code}\n${stderr}\n${stdout}`);
  return stdout;
}

declareTests(contract, JSON.parse(await runBun('process.js', JSON.stringify(contract))) as Report, [
  {
    tests: ['codings in a row are undone in reverse'],
    because: 'Bun decodes one coding and not several in a row',
    instead: undecoded,
  },
  {
    tests: [
      'text, json, bytes, arrayBuffer and blob read it',
      'a Blob has its length and its type',
      'FormData goes out as multipart with texts, files, names and types',
    ],
    because: 'Bun adds a charset to the type of every Blob of text',
    instead: /;charset=utf-8/,
  },
]);

declarePrograms((program) => runBun(program));
