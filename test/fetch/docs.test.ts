import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { blocksOf, problemsOf } from '../support/snippets.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));

test('the code of docs/fetch.md and docs/ky.md compiles', { timeout: 120_000 }, async () => {
  const pages = ['fetch.md', 'ky.md'];
  const blocks = await Promise.all(
    pages.map(async (page) => blocksOf(await readFile(join(docs, page), 'utf8'))),
  );
  expect(blocks.map(({ length }) => length)).toEqual([1, 1]);
  expect(problemsOf(blocks.flat().map((code, i) => ({ name: String(pages[i]), code })))).toEqual(
    {},
  );
});
