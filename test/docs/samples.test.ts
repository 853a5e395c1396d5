import { beforeAll, describe, expect, it } from 'vitest';
import { problemsOf } from '../support/snippets.ts';
import { exampleServer } from './example-server.ts';
import { type BrowserRunner, browserRunner } from './run-in-browser.ts';
import { type NodeRunner, nodeRunner } from './run-in-node.ts';
import { pages, samplesOf, textOf } from './samples.ts';

/** Pages whose samples have tests of their own, as they need more than a server. */
const elsewhere = ['auth.md', 'next.md', 'pace.md', 'sight.md', 'ssr.md', 'state.md', 'testing.md'];
const samples = pages()
  .filter((page) => !elsewhere.includes(page))
  .map((page) => ({ page, all: samplesOf(page, textOf(page)) }));
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
  it('compile', () => {
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
});
