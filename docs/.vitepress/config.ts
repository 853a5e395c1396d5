import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type SiteConfig } from 'vitepress';
import { labelledCells, linksIntoRepository, pageFacts, plainMarkdown } from './markdown.ts';
import { groups } from './pages.ts';

const description =
  'One HTTP session for JavaScript: cookies, auth, retries and connections, the same code in Node, browsers and edge runtimes.';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Each page as Markdown beside its HTML, and a list of them all. */
function writeMarkdown({ pages, srcDir, outDir, site }: SiteConfig): void {
  const written = new Map<string, string>();
  for (const page of pages) {
    const text = plainMarkdown(readFileSync(join(srcDir, page), 'utf8'), srcDir);
    const file = join(outDir, page);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    written.set(`/${page.replace(/(?:index)?\.md$/, '')}`, page);
  }
  const lists = groups.map(({ text, items }) => {
    const lines = items.map(([title, link]) => {
      const page = written.get(link);
      if (page === undefined) throw new Error(`${link} is in pages.ts and is no page`);
      return `- [${title}](${site.base}${page})`;
    });
    return `## ${text}\n\n${lines.join('\n')}\n`;
  });
  writeFileSync(
    join(outDir, 'llms.txt'),
    `# isosession\n\n> ${description}\n\n${lists.join('\n')}`,
  );
}

export default defineConfig({
  title: 'isosession',
  description,
  lang: 'en',
  base: process.env['DOCS_BASE'] ?? '/',
  cleanUrls: false,
  // To switch transitions off, it would lay the whole page out once more as it loads.
  appearance: { disableTransition: false },
  head: [
    [
      'link',
      { rel: 'icon', type: 'image/svg+xml', href: `${process.env['DOCS_BASE'] ?? '/'}icon.svg` },
    ],
  ],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      md.use(linksIntoRepository);
      md.use(labelledCells);
      md.use(pageFacts);
    },
  },
  transformHead: ({ page, siteData }) => [
    ['link', { rel: 'alternate', type: 'text/markdown', href: siteData.base + page }],
  ],
  buildEnd: writeMarkdown,
  // A page has many links; what is read next is fetched when it is asked for.
  router: { prefetchLinks: false },
  themeConfig: {
    nav: [
      { text: 'Quick start', link: '/start/node', activeMatch: '^/start/' },
      { text: 'Guide', link: '/guide/sessions', activeMatch: '^/guide/' },
      { text: 'Recipes', link: '/recipes/scrape', activeMatch: '^/recipes/' },
      { text: 'Reference', link: '/reference/options', activeMatch: '^/reference/' },
      { text: 'Playground', link: '/playground' },
    ],
    outline: { level: [2, 3] },
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            boost: { title: 6, titles: 3, text: 1 },
            fuzzy: 0.2,
            prefix: true,
            // Who searches by words wants a page that explains: the API's are found by their names.
            boostDocument: (id: string) => (id.includes('/reference/api/') ? 0.4 : 1),
          },
        },
      },
    },
  },
  vite: {
    // The root's own configuration is none of the site's.
    configFile: false,
    server: { fs: { allow: [root] } },
  },
});
