/**
 * The samples of the README and of the pages of the docs.
 *
 * A block of TypeScript is a sample: a program of its own, which is compiled, run, and prints what
 * its comments `// → …` say. A comment of Markdown above it may change that:
 *
 * - `<!-- before … -->`, `<!-- after … -->`: lines of code around it that readers need not see.
 * - `<!-- browser -->`: it runs in a page of https://www.example.com/.
 * - `<!-- run: test/… -->`: that test runs it, as it needs more than a server.
 * - `<!-- needs: package -->`: it is neither, as it is for a package that is not installed here;
 *   `npm run test:ecosystem` compiles it.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A sample of a page. */
export interface Sample {
  /** The page, and which block of it, counted from 1. */
  readonly name: string;
  /** With its hidden lines. */
  readonly code: string;
  /** How it is tried. */
  readonly kind: 'node' | 'browser' | 'compiled' | 'elsewhere';
  /** The test that runs it, of a sample that is only compiled here. */
  readonly runBy: string | undefined;
  /** What it says that it prints, a line each. */
  readonly printed: readonly string[];
}

const block = /((?:^<!-- [^]*?-->\n+)*)^```ts(?: .*)?\n([^]*?)^```/gm;
const comment = /<!-- (before|after|browser|run:|needs:)\s([^]*?)\s*-->/g;

function kindOf(comments: ReadonlyMap<string, string>): Sample['kind'] {
  if (comments.has('needs:')) return 'elsewhere';
  if (comments.has('run:')) return 'compiled';
  return comments.has('browser') ? 'browser' : 'node';
}

/** The samples of a text. */
export function samplesOf(page: string, text: string): Sample[] {
  return [...text.matchAll(block)].map(([, comments = '', shown = ''], i) => {
    const hidden = new Map(
      [...comments.matchAll(comment)].map(([, kind = '', content = '']) => [kind, content]),
    );
    const code = `${hidden.get('before') ?? ''}\n${shown}\n${hidden.get('after') ?? ''}\n`;
    const printed = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line = '']) => line);
    const runBy = hidden.get('run:');
    return { name: `${page}, block ${i + 1}`, code, printed, kind: kindOf(hidden), runBy };
  });
}

/** The paths of the pages, without those that are generated. */
export function pages(): string[] {
  return readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.md') && !/^(?:\.vitepress|reference\/api)\//.test(path))
    .toSorted();
}

export const textOf = (page: string): string => readFileSync(join(root, 'docs', page), 'utf8');
