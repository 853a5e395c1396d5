import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './consumer.ts';

const text = readFileSync(join(root, 'docs/glossary.md'), 'utf8');
const rows = [...text.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)]
  .map(([, term = '', , where = '']) => ({ term: term.trim(), where }))
  .filter(({ term }) => term !== 'term' && !term.startsWith('---'));

/** The text of a file, or of all files of a folder. */
function textOf(path: string): string {
  const full = join(root, 'src', path);
  if (!statSync(full).isDirectory()) return readFileSync(full, 'utf8');
  const names = readdirSync(full, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(full, name), 'utf8'))
    .join('\n');
}

describe('the glossary', () => {
  it('has each term once', () => {
    const terms = rows.map(({ term }) => term);
    expect(terms.length).toBeGreaterThan(70);
    expect(terms.filter((term, i) => terms.indexOf(term) !== i)).toEqual([]);
  });

  it.each(rows)('says where $term is at home', ({ where }) => {
    const places = [...where.matchAll(/`([\w./*-]+)`(?: \(`(\w+)(?:\(\))?`\))?/g)];
    expect(places.length).toBeGreaterThan(0);
    for (const [, path = '', name] of places) {
      if (path.includes('*')) continue;
      expect(existsSync(join(root, 'src', path)), path).toBe(true);
      if (name !== undefined) expect(textOf(path)).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });
});
