/**
 * What our Markdown needs beyond VitePress': tables that fit a phone, links into the repository,
 * samples with hidden lines.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

interface PackageFile {
  repository?: string | { url: string };
  homepage?: string;
}

const packageFile = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as PackageFile;

/** Where the repository can be read, once its owner has said so in package.json. */
const repository = (
  typeof packageFile.repository === 'string' ? packageFile.repository : packageFile.repository?.url
)
  ?.replace(/^git\+/, '')
  .replace(/\.git$/, '');

/** The path of a repository's file that a link out of `docs` leads to. */
function fileOutside(page: string, href: string): string | undefined {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return undefined;
  const path = posix.join('docs', posix.dirname(page), href);
  return path.startsWith('docs/') ? undefined : path;
}

/**
 * Links out of `docs`: to the README means to the home page; to other files, to the repository,
 * where that has an address, and else their name alone stands there.
 */
export function linksIntoRepository(md: MarkdownRenderer): void {
  md.core.ruler.push('links-into-repository', ({ tokens, env }) => {
    const page = (env as { relativePath?: string }).relativePath ?? '';
    for (const { children } of tokens) {
      let isDropped = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const href = token.attrGet('href') ?? '';
          const path = fileOutside(page, href);
          if (path === 'README.md') token.attrSet('href', '/');
          else if (path && repository) token.attrSet('href', `${repository}/blob/main/${path}`);
          else if (path) isDropped = true;
        }
        if (!isDropped || !token.type.startsWith('link_')) continue;
        if (token.type === 'link_close') isDropped = false;
        token.type = token.type === 'link_open' ? 'em_open' : 'em_close';
        token.tag = 'span';
        token.attrs = null;
      }
    }
  });
}

/**
 * Each cell knows the head of its column: on a phone it stands beside the cell. A first column
 * without a head has those of the rows.
 */
export function labelledCells(md: MarkdownRenderer): void {
  md.core.ruler.push('labelled-cells', ({ tokens }) => {
    let heads: string[] = [];
    let column = 0;
    tokens.forEach((token, i) => {
      const text = (): string =>
        (tokens[i + 1]?.children ?? [])
          .filter(({ type }) => type === 'text' || type === 'code_inline')
          .map(({ content }) => content)
          .join('');
      const retag = (tag: string): void => {
        for (const part of [token, tokens[i + 2]]) if (part) part.tag = tag;
      };
      if (token.type === 'table_open') heads = [];
      else if (token.type === 'tr_open') column = 0;
      else if (token.type === 'th_open') {
        if (text() === '') retag('td');
        heads.push(text());
      } else if (token.type === 'td_open') {
        const head = heads[column++] ?? '';
        token.attrSet('data-label', head);
        if (head !== '' || column > 1) return;
        retag('th');
        token.attrSet('scope', 'row');
      }
    });
  });
}

/** Below its title a page says since when, where and how firmly what it is about is there. */
export function pageFacts(md: MarkdownRenderer): void {
  md.core.ruler.push('page-facts', (state) => {
    const { frontmatter } = state.env as { frontmatter?: Record<string, unknown> };
    const end = state.tokens.findIndex(({ type, tag }) => type === 'heading_close' && tag === 'h1');
    if (frontmatter?.['since'] === undefined || end < 0) return;
    const facts = new state.Token('html_block', '', 0);
    facts.content = '<PageFacts />\n';
    state.tokens.splice(end + 1, 0, facts);
  });
}

/** The hidden lines of samples, for the tests alone: see `test/docs/samples.ts`. */
const hidden = /^<!-- (?:before|after|browser|needs|run)\b[^]*?-->\n/gm;

/** A page as a reader of its Markdown gets it: without its front matter and hidden lines. */
export function plainMarkdown(text: string, root: string): string {
  return text
    .replace(/^---\n[^]*?\n---\n+/, '')
    .replace(hidden, '')
    .replace(/^<script setup[^]*?<\/script>\n+/gm, '')
    .replace(/^<<< @\/(\S+?)(?:\{[^}]*\})?(?: \[[^\]]*\])?$/gm, (_, path: string) => {
      const language = path.split('.').at(-1) ?? '';
      return `\`\`\`${language}\n${readFileSync(join(root, path), 'utf8').trimEnd()}\n\`\`\``;
    });
}
