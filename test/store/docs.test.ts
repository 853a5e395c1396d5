import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { blocksOf, problemsOf } from '../support/snippets.ts';

it('the code of docs/state.md compiles', { timeout: 180_000 }, () => {
  const text = readFileSync(new URL('../../docs/state.md', import.meta.url), 'utf8');
  const blocks = blocksOf(text);
  expect(blocks).toHaveLength(4);
  expect(problemsOf(blocks.map((code, i) => ({ name: `block ${i + 1}`, code })))).toEqual({});
});
