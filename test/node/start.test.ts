import { execFile } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { buildProgram } from '../support/build-program.mjs';
import { runProgram } from '../support/child.ts';

/** Runs the program where none of the packages can be found that the library depends on. */
async function runAlone(): Promise<unknown> {
  const built = await buildProgram('start');
  onTestFinished(() => rmSync(built.folder, { recursive: true, force: true }));
  const folder = mkdtempSync(join(tmpdir(), 'isosession-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'start.mjs');
  renameSync(built.file, file);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 30_000 });
  return JSON.parse(stdout);
}

async function runBesideThem(...flags: string[]): Promise<unknown> {
  const { lines, errors } = await runProgram('start', [], flags);
  expect(errors).toBe('');
  return JSON.parse(lines.join(''));
}

const withoutPackages = {
  header: '',
  call: 'ok',
  snapshot: '0',
  'cookies of calls at once': '1,1',
};

// Where `npm run test:undici8` has put another undici in its place, that one is never missing.
const undiciMayBeMissing = process.env['ISOSESSION_UNDICI'] === undefined;

test('undici is loaded with the first connection, tough-cookie with a Domain', async () => {
  const missing = (name: string): unknown =>
    expect.stringMatching(
      `^ERR_UNSUPPORTED: .*Node cannot load ${name}, which isosession depends on: install it`,
    );
  expect(await runAlone()).toEqual({
    ...withoutPackages,
    'domain cookie': missing('tough-cookie'),
    jar: missing('tough-cookie'),
    connection: undiciMayBeMissing ? missing('undici') : expect.stringMatching(/^ERR_NETWORK/),
  });
});

test("cookies are stored before a response is given, and the jar is the program's", async () => {
  expect(await runBesideThem()).toEqual({
    ...withoutPackages,
    'domain cookie': '1',
    jar: 'true,true',
    connection: expect.stringMatching(/^ERR_NETWORK: /),
  });
});

test('where no ES module can be required they are stored, too', async () => {
  expect(await runBesideThem('--no-experimental-require-module')).toMatchObject({
    'domain cookie': '1',
  });
});
