import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mockTransport, useTransport } from 'isosession/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { blocksOf } from '../support/snippets.ts';

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

test('a page of docs/ssr.md has the notes, and the browser its cookie and its data', async () => {
  const mock = mockTransport(({ url, headers }) =>
    Response.json([url.href, headers.get('cookie'), '</ul>'], {
      headers: { 'set-cookie': 'seen=1; Path=/' },
    }),
  );
  const used = useTransport(mock);
  try {
    const { handle } = (await import(fileOf(0))) as {
      handle: (request: Request) => Promise<Response>;
    };
    const response = await handle(
      new Request('https://www.example.com/', { headers: { cookie: 'sid=1' } }),
    );
    expect(response.headers.getSetCookie()).toEqual(['seen=1; Path=/']);
    const page = await response.text();
    const shown = ['https://api.example.com/notes', 'sid=1', '</ul>'];
    const list = shown.map((note) => `<li>${note.replace('<', '&#60;')}</li>`).join('');
    expect(page).toContain(`<ul>${list}</ul>`);

    const [, textContent] = /<script [^>]*id="session">([^<]*)</.exec(page) ?? [];
    vi.stubGlobal('document', { getElementById: () => ({ textContent }) });
    const { notes } = (await import(fileOf(1))) as { notes: string[] };
    expect(notes).toEqual(shown);
    expect(mock.calls).toHaveLength(1);
  } finally {
    vi.unstubAllGlobals();
    used[Symbol.dispose]();
  }
});
