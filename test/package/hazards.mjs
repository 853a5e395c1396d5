// @ts-check
/**
 * The page of hazards: which tests name an id, and what its row says. As a program with `--write`
 * it writes the last column of `docs/hazards.md` anew, and drops the rows that no test names any
 * more.
 *
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the page is kept. */
export const hazardsPath = `${root}docs/hazards.md`;

// A letter and a number by themselves: no part of a word, an escape or a certificate.
const id = /(?<![\w%+/=\\])[RCPDIMXLAFS]\d{1,2}(?![\w%+/=])/g;
const row = /^\| ([RCPDIMXLAFS]\d{1,2}) \| (.+) \| (.+) \| (.*?) ?\|$/;

/** The test files that name each id. */
export function usedIds() {
  /** @type {Map<string, string[]>} */
  const used = new Map();
  for (const folder of ['test', 'e2e'])
    for (const name of readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })) {
      const file = `${folder}/${name.replaceAll('\\', '/')}`;
      if (!/\.(?:ts|mjs)$/.test(file) || file.includes('node_modules/')) continue;
      for (const [found] of readFileSync(root + file, 'utf8').matchAll(id)) {
        const files = used.get(found) ?? [];
        if (!files.includes(file)) used.set(found, [...files, file].sort());
      }
    }
  return used;
}

/** The test files that each row names, by its id. */
export function rows() {
  const lines = readFileSync(hazardsPath, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const found = row.exec(line);
    if (!found) return [];
    const [, name = '', , , tests = ''] = found;
    return [{ id: name, tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file) }];
  });
}

function write() {
  const used = usedIds();
  const lines = readFileSync(hazardsPath, 'utf8').split('\n');
  const written = lines.flatMap((line) => {
    const [, name = '', hazard, promise] = row.exec(line) ?? [];
    if (!name) return [line];
    const files = used.get(name);
    if (!files) {
      console.log(`No test names ${name}: its row is dropped`);
      return [];
    }
    const tests = files.map((file) => `\`${file}\``).join(', ');
    return [`| ${name} | ${hazard} | ${promise} | ${tests} |`];
  });
  writeFileSync(hazardsPath, written.join('\n'));
  console.log(`Wrote ${hazardsPath}`);
}

if (process.argv.includes('--write')) write();
