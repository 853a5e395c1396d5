import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mockTransport, useTransport } from 'isosession/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf, problemsOf } from '../support/snippets.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = await readFile(join(root, 'docs/ssr.md'), 'utf8');
const blocks = blocksOf(text);

let folder: string;
const fileOf = (index: number): string => join(folder, `block-${index + 1}.ts`);
beforeAll(async () => {
  folder = await mkdtemp(join(root, 'node_modules', '.docs-'));
  await Promise.all(blocks.map((code, index) => writeFile(fileOf(index), code)));
});
afterAll(() => rm(folder, { recursive: true }));

test('the code of docs/ssr.md compiles', { timeout: 60_000 }, () => {
  expect(blocks).toHaveLength(7);
  expect(problemsOf(blocks.map((code, i) => ({ name: `block ${i + 1}`, code })))).toEqual({});
});

test('the code of docs/next.md compiles', { timeout: 60_000 }, async () => {
  const next = blocksOf(await readFile(join(root, 'docs/next.md'), 'utf8'));
  expect(next).toHaveLength(3);
  expect(problemsOf(next.map((code, i) => ({ name: `block ${i + 1}`, code })))).toEqual({});
});

test('a page of docs/ssr.md has the notes, and the browser the cookie', async () => {
  const used = useTransport(
    mockTransport(({ url, headers }) =>
      Response.json([url.href, headers.get('cookie'), '</ul>'], {
        headers: { 'set-cookie': 'seen=1; Path=/' },
      }),
    ),
  );
  try {
    const { handle } = (await import(fileOf(0))) as {
      handle: (request: Request) => Promise<Response>;
    };
    const response = await handle(
      new Request('https://www.example.com/', { headers: { cookie: 'sid=1' } }),
    );
    expect(response.headers.getSetCookie()).toEqual(['seen=1; Path=/']);
    const page = await response.text();
    expect(page).toContain(
      '<ul><li>https://api.example.com/notes</li><li>sid=1</li><li>&#60;/ul></li></ul>',
    );
    expect(page).toContain('"./notes"');
  } finally {
    used[Symbol.dispose]();
  }
});
