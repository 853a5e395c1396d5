import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { printed } from '../support/printed.ts';
import { root } from './consumer.ts';
import { sizes, table } from './sizes.mjs';

const dist = join(root, 'dist');

/**
 * What gives Node away. `Buffer` and `process` are words of their own: `ArrayBuffer` and
 * `processed` are none of Node's.
 */
const foreign: Record<string, RegExp> = {
  undici: /undici/i,
  'node:': /\bnode:/,
  process: /(?<![\w$])process\s*(?:\?\.|\.|\[)|(["'`])process\1/,
  Buffer: /(?<![\w$])Buffer\b/,
  setImmediate: /\bsetImmediate\b/,
  require: /(?<![\w$.])require\s*\(/,
};

/**
 * Every module of our own that a browser or runtime loads for an entry: the file itself and what it
 * imports.
 */
function graph(entry: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(entry)) return seen;
  const code = readFileSync(entry, 'utf8');
  seen.set(entry, code);
  for (const [, relative] of code.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g))
    graph(join(dirname(entry), relative as string), seen);
  return seen;
}

/** Names of the rules that a bundle breaks, with the place. */
function broken(code: string, rules: Record<string, RegExp>): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    const place = rule.exec(code);
    return place === null
      ? []
      : [`${name}: …${code.slice(Math.max(0, place.index - 40), place.index + 60)}…`];
  });
}

describe('the purity gate', () => {
  it('sees each name that it forbids, and only as a whole word', () => {
    for (const code of [
      'import{Client}from"undici"',
      'from "node:zlib"',
      'process.env.X',
      'globalThis["process"]',
      'Buffer.from(x)',
      'setImmediate(f)',
      'const x=require("x")',
    ]) {
      expect(broken(code, foreign), code).toHaveLength(1);
    }
    expect(
      broken('new ArrayBuffer(1); preprocess.x; "in process of"; queue.required(1)', foreign),
    ).toEqual([]);
  });
});

describe.each(['browser.js', 'production/browser.js'])('the browser entry %s', (entry) => {
  const modules = graph(join(dist, entry));

  it('has nothing of Node or of a cookie jar in any module that it loads', () => {
    expect(modules.size).toBeGreaterThan(1);
    for (const [file, code] of modules)
      expect(broken(code, { ...foreign, 'tough-cookie': /tough-cookie/ }), file).toEqual([]);
  });

  it('imports no package', () => {
    for (const [file, code] of modules)
      expect(code.match(/^\s*(?:import|export)[^;]*?["'](?!\.)[^"']+["'];$/gm), file).toBeNull();
  });
});

describe('the edge entry', () => {
  it('has nothing of Node in any module that it loads, and no package but the cookie jar', () => {
    const modules = graph(join(dist, 'edge.js'));
    const packages = new Set<string>();
    for (const [file, code] of modules) {
      expect(broken(code, foreign), file).toEqual([]);
      for (const [, name] of code.matchAll(/^import[^;]*?["']([^."'][^"']*)["'];$/gm))
        packages.add(name as string);
    }
    expect([...packages]).toEqual(['tough-cookie']);
  });
});

describe('an entry that pages and the edge may load', () => {
  const ofNode = ['node.js', 'node-only.js'];
  const entries = readdirSync(dist).filter((name) => name.endsWith('.js'));
  const atOnce = /^(?:import|export)\b[^;]*?["']([^"']+)["'];$/gm;

  /** The packages and modules of Node that it imports as it is loaded. */
  function imported(file: string, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(atOnce))
      if (name.startsWith('.')) imported(join(dirname(file), name), seen);
      else seen.add(name);
    return seen;
  }
  const foreignTo = (entry: string): string[] =>
    [...imported(join(dist, entry))].filter((name) => /^(?:node:|undici)/.test(name));

  it.each(entries.filter((name) => !ofNode.includes(name)))(
    'needs nothing of Node: %s',
    (entry) => {
      expect(foreignTo(entry)).toEqual([]);
    },
  );

  it('is told from those of Node', () => {
    for (const entry of ofNode) expect(foreignTo(entry)).not.toEqual([]);
  });
});

describe('what keeps sessions, and the formats of other programs', () => {
  /** The sources of it in what an entry loads. */
  const found = (entry: string): string[] =>
    [...graph(join(dist, entry)).keys()]
      .flatMap((file) => (JSON.parse(readFileSync(`${file}.map`, 'utf8')) as Sources).sources)
      .filter((source) => /\/src\/(store|node\/state|cookies\/formats)\//.test(source));
  interface Sources {
    sources: string[];
  }

  it.each(['node.js', 'edge.js', 'browser.js', 'production/browser.js', 'ssr.js'])(
    'is not in %s, nor in what it loads',
    (entry) => {
      expect(found(entry)).toEqual([]);
    },
  );

  it('is in the entries for it', () => {
    for (const entry of ['store.js', 'cookies.js', 'node-only.js'])
      expect(found(entry), entry).not.toEqual([]);
  });
});

describe.each(['browser.js', 'production/browser.js'])('the chunks of %s', (entry) => {
  it('import nothing of the library, so that no bundler moves what they share', () => {
    const lazy = [...graph(join(dist, entry))].flatMap(([file, code]) =>
      Array.from(code.matchAll(/import\('(\.[^']+)'\)/g), ([, path]) =>
        join(dirname(file), path ?? ''),
      ),
    );
    expect(lazy.map((file) => basename(file)).sort()).toEqual([
      'page-cookies.js',
      'read-text.js',
      'redirects.js',
      'retry-after.js',
      'take-snapshot.js',
      'xhr.js',
    ]);
    for (const file of lazy) expect(readFileSync(file, 'utf8'), file).not.toMatch(/^import /m);
  });
});

describe('the production build', () => {
  it('has neither the long texts nor the hints of the development build', () => {
    const [development, production] = ['browser.js', 'production/browser.js'].map((entry) =>
      [...graph(join(dist, entry)).values()].join('\n'),
    );
    for (const text of ['did you mean', 'must be an HTTP method', 'prefixUrl']) {
      expect(development).toContain(text);
      expect(production).not.toContain(text);
    }
  });
});

describe.each(['', 'production/'])('the entry for servers and their pages, %j', (folder) => {
  it('has nothing of Node or of a cookie jar in any module, and imports no package', () => {
    const modules = graph(join(dist, folder, 'ssr.js'));
    for (const [file, code] of modules) {
      expect(broken(code, { ...foreign, 'tough-cookie': /tough-cookie/ }), file).toEqual([]);
      expect(code.match(/^\s*(?:import|export)[^;]*?["'](?!\.)[^"']+["'];$/gm), file).toBeNull();
    }
  });
});

describe('the UMD bundle', () => {
  it('has nothing of Node or of a cookie jar', () => {
    expect(
      broken(readFileSync(join(dist, 'umd/isosession.js'), 'utf8'), {
        ...foreign,
        'tough-cookie': /tough-cookie/,
      }),
    ).toEqual([]);
  });
});

describe.each(['umd/isosession.js', 'production/browser.js'])('%s in Node', (entry) => {
  it('prints no credential', async () => {
    const { basic, Session } = (await import(
      pathToFileURL(join(dist, entry)).href
    )) as typeof import('isosession');
    const headers = { authorization: 'Bearer canary', 'x-api-key': 'canary' };
    const answer = async (): Promise<Response> => new Response(null, { headers });
    const session = new Session({
      baseUrl: 'https://api.example.com/?token=canary',
      auth: basic('canary', 'canary'),
      headers,
      transport: { send: answer },
    });
    const response = await session.get('a?token=canary');
    for (const value of [session, session.headers, response, response.request]) {
      expect(printed(value)).not.toContain('canary');
    }
    expect(inspect(response.request)).toContain('[redacted]');
  });
});

describe('every module that is not minified', () => {
  it('has a source map with its sources in it', () => {
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /^(?!umd).*\.c?js$/.test(name),
    );
    expect(files).toContain('node.js');
    for (const file of files) {
      const map = `${join(dist, file)}.map`;
      expect(existsSync(map), map).toBe(true);
      const { sources, sourcesContent } = JSON.parse(readFileSync(map, 'utf8')) as {
        sources: string[];
        sourcesContent: (string | null)[];
      };
      expect(
        sourcesContent.filter((text) => typeof text === 'string'),
        file,
      ).toHaveLength(sources.length);
    }
  });
});

describe('the size of what a page loads', async () => {
  const rows = await sizes();
  console.log(table(rows));

  it.each(rows)('stays within $budget bytes gzipped for $name', ({ gzipped, budget }) => {
    expect(gzipped).toBeLessThanOrEqual(budget);
  });
});
