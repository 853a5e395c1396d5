import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { page, readResults, withTable } from '../runtimes/table.mjs';

const results = readResults();

test('the page of the docs has the table of the last run', () => {
  const text = readFileSync(page, 'utf8');
  expect(withTable(text, results)).toBe(text);
  for (const { title } of results) expect(text).toContain(`| ${title} |`);
});

test.each(results)(
  'on $title all that is declared passed, but for what is known',
  ({ passed, declared, deviations, excluded }) => {
    const known = deviations.reduce((sum, { count }) => sum + count, 0);
    expect(passed + known).toBe(declared);
    expect(excluded.filter(({ because }) => because === 'nobody has said why')).toEqual([]);
  },
);
