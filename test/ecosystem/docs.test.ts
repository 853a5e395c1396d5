import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pages, samplesOf, textOf } from '../docs/samples.ts';
import { problemsOf } from '../support/snippets.ts';

const samples = pages()
  .filter((page) => page.startsWith('tools/'))
  .flatMap((page) => samplesOf(page, textOf(page)));

test('the samples of the tools compile with them', () => {
  expect(samples.length).toBeGreaterThan(8);
  expect(problemsOf(samples, fileURLToPath(new URL('.', import.meta.url)))).toEqual({});
});
