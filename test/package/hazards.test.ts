import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './consumer.ts';
import { rows, usedIds } from './hazards.mjs';

const mend = 'Write the row in docs/hazards.md, then run `node test/package/hazards.mjs --write`.';

test('every id that a test names has one row on the page of hazards', () => {
  const defined = rows().map(({ id }) => id);
  expect(new Set(defined).size, 'rows of one id').toBe(defined.length);
  const undefinedIds = [...usedIds()].filter(([id]) => !defined.includes(id));
  expect(undefinedIds, mend).toEqual([]);
});

test('every row names the test files that name its id, and no other', () => {
  const used = usedIds();
  for (const { id, tests } of rows()) {
    expect(
      tests.filter((file) => !existsSync(join(root, file))),
      id,
    ).toEqual([]);
    expect(tests, `${id}. ${mend}`).toEqual(used.get(id));
  }
});
