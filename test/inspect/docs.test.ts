import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { blocksOf, problemsOf } from '../support/snippets.ts';

it('the code of docs/sight.md compiles', { timeout: 60_000 }, () => {
  const text = readFileSync(new URL('../../docs/sight.md', import.meta.url), 'utf8');
  const blocks = blocksOf(text);
  expect(blocks).toHaveLength(5);
  expect(problemsOf(blocks.map((code, i) => ({ name: `block ${i + 1}`, code })))).toEqual({});
});
