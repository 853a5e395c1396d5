import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../support/snippets.ts';
import { exampleServer } from './example-server.ts';
import { nodeRunner } from './run-in-node.ts';
import { root, samplesOf, textOf } from './samples.ts';

const readme = await readFile(join(root, 'README.md'), 'utf8');
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const samples = samplesOf('README.md', readme);

const rowsOf = (text: string): string[] => [...text.matchAll(/^\|.*\|$/gm)].map(([row]) => row);

describe('the README', () => {
  it('has at most 150 lines, and prose of at most 100 columns', () => {
    const lines = readme.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(150);
    expect(lines.filter((line) => line.length > 100 && !/^(?:\||!\[)/.test(line))).toEqual([]);
  });

  it('has no table that is wider than a phone', () => {
    for (const row of rowsOf(readme)) expect(row.split('|').length - 2, row).toBeLessThan(3);
  });

  it('compares as the page does that says how each cell is known', () => {
    const known = rowsOf(textOf('reference/compared.md')).map((row) =>
      row.split('|').slice(1, 3).join('|'),
    );
    for (const row of rowsOf(readme).slice(2))
      expect(known).toContain(row.split('|').slice(1, 3).join('|'));
  });

  it('names its two commands, and no script that does not exist', () => {
    const text = readme.replaceAll('\n', ' ');
    expect(text).toContain('npm ci && npm test');
    expect(text).toContain('npm ci && npm run demo');
    for (const [, script] of text.matchAll(/npm (?:run )?(?!ci|install|run)([a-z:]+)/g))
      expect(Object.keys(scripts)).toContain(script);
  });

  it('links to files that are there', async () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(
      ([, path]) => path as string,
    );
    expect(links).toContain('bench/chart.svg');
    for (const path of links) await expect(access(join(root, path)), path).resolves.toBeUndefined();
  });

  it('begins with an example of twelve lines', () => {
    expect(samples[0]?.code.trim().split('\n')).toHaveLength(12);
  });

  it('has examples that compile, run and print what they say', async () => {
    expect(problemsOf(samples)).toEqual({});
    const server = await exampleServer();
    try {
      await using node = await nodeRunner(server.origin);
      expect(await node.run(samples)).toEqual(samples.map(({ printed }) => printed));
    } finally {
      await server.close();
    }
  });
});
