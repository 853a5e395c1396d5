// @ts-check
// The tests on another Node, perhaps with another undici, both from npm; the rest goes to Vitest:
// `node test/runtimes/on.mjs node@24 undici@8 --project node test/node/http2`.
import { runVitest } from '../support/other-versions.mjs';

const given = process.argv.slice(2);
const spec = (/** @type {string} */ name) => given.find((word) => word.startsWith(`${name}@`));
const versions = { node: spec('node'), undici: spec('undici') };
const rest = given.filter((word) => !Object.values(versions).includes(word));
process.exitCode = runVitest(versions, ['--config', '.config/vitest.config.ts', ...rest]);
