// @ts-check
/**
 * What shows only after many calls: `npm run soak -- [part …] [--tenth] [--scale share]`. Each part
 * runs in a process of its own, against the sources, with a server in another one; both are the
 * programs `soak` and `soak-server` of `test/node/programs/`. What it measures stands in a table
 * with the most that it may be; more is a failure.
 *
 * @module
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { buildProgram } from '../support/build-program.mjs';

/** @typedef {{name: string, value: number, limit: number}} Row */

const all = ['calls', 'in-flight', 'unread', 'aborts', 'idle-resets', 'chunks', 'blocked', 'pace'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tenth: { type: 'boolean' }, scale: { type: 'string', default: '1' } },
});
const scale = values.tenth ? '0.1' : values.scale;
for (const part of positionals) if (!all.includes(part)) throw new Error(`No part is "${part}"`);

const [program, server] = await Promise.all(['soak', 'soak-server'].map(buildProgram));
try {
  console.log(line('part', 'name', 'value', 'limit'));
  for (const part of positionals.length ? positionals : all)
    if (!(await passes(part))) process.exitCode = 1;
} finally {
  for (const built of [program, server])
    if (built) rmSync(built.folder, { recursive: true, force: true });
}

/** @param {string} part */
async function passes(part) {
  const peer = fork(server?.file ?? '', [], { execArgv: [] });
  try {
    const [origin] = await once(peer, 'message');
    const args = ['--expose-gc', '--no-warnings', program?.file ?? '', part, scale, String(origin)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    if (code !== 0) {
      console.error(`${part} ended by ${signal ?? code}`);
      return false;
    }
    const rows = /** @type {Row[]} */ (JSON.parse(output));
    for (const { name, value, limit } of rows)
      console.log(line(part, name, round(value), round(limit)), value > limit ? 'too much' : '');
    return rows.every(({ value, limit }) => value <= limit);
  } finally {
    peer.kill();
  }
}

/** @param {number} value */
function round(value) {
  return String(Math.round(value * 100) / 100);
}

/**
 * @param {string} part
 * @param {string} name
 * @param {string} value
 * @param {string} limit
 */
function line(part, name, value, limit) {
  return `${part.padEnd(12)} ${name.padEnd(44)} ${value.padStart(10)} ${limit.padStart(8)}`;
}
