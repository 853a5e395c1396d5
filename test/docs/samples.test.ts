import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { problemsOf } from '../support/snippets.ts';
import { exampleServer } from './example-server.ts';
import { jobs } from './jobs.mjs';
import { type BrowserRunner, browserRunner } from './run-in-browser.ts';
import { type NodeRunner, nodeRunner } from './run-in-node.ts';
import { pages, root, samplesOf, textOf } from './samples.ts';

const samples = pages().map((page) => ({ page, all: samplesOf(page, textOf(page)) }));
const inNode = samples
  .map(({ page, all }) => ({ page, own: all.filter(({ kind }) => kind === 'node') }))
  .filter(({ own }) => own.length > 0);
const all = samples.flatMap((page) => page.all);

let node: NodeRunner;
let browser: BrowserRunner;
beforeAll(async () => {
  const server = await exampleServer();
  node = await nodeRunner(server.origin);
  browser = await browserRunner(server.origin);
  return async () => {
    await node[Symbol.asyncDispose]();
    await browser[Symbol.asyncDispose]();
    await server.close();
  };
});

describe('the samples of the docs', () => {
  it('compile', { timeout: 300_000 }, () => {
    expect(problemsOf(all.filter(({ kind }) => kind !== 'elsewhere'))).toEqual({});
  });

  it.concurrent.each(inNode)('$page: all run and print what they say', async ({ own }) => {
    const printed = await node.run(own);
    own.forEach((sample, i) => {
      // One that says nothing of what it prints shows something else.
      if (sample.printed.length > 0) expect(printed[i], sample.name).toEqual(sample.printed);
    });
  });

  it.each(all.filter(({ kind }) => kind === 'browser'))(
    '$name runs in a page, and prints what it says',
    async (sample) => {
      expect(await browser.run(sample)).toEqual(sample.printed);
    },
  );

  it.each(all.filter(({ kind }) => kind === 'compiled'))(
    '$name is run by $runBy',
    async ({ name, runBy }) => {
      const test = await readFile(join(root, String(runBy)), 'utf8');
      expect(test.includes(name.replace(/^(.*), .*$/, 'docs/$1'))).toBe(true);
    },
  );

  it.each(jobs)('$job is done by the first sample of $page', ({ page }) => {
    const [first] = samplesOf(page, textOf(`${page}.md`));
    expect(first?.kind).not.toBe('elsewhere');
    expect(first?.code.trim().split('\n').length).toBeLessThan(50);
  });
});
