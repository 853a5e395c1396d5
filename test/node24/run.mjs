// The tables of ky and fetch on the newest Node, which ky 2 asks for. Arguments go to vitest:
// `npm run test:node24 test/ky`.
import { join } from 'node:path';
import { vitestOnNode24 } from '../support/node24.mjs';

const config = ['--config', join('.config', 'vitest.config.ts'), '--project', 'node'];
const given = process.argv.slice(2);
const files = given.length > 0 ? given : ['test/ky', 'test/ky.test.ts', 'test/fetch'];
process.exitCode = vitestOnNode24(...config, ...files);
