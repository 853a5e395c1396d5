import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import ts from 'typescript';
import { compilerOptions, entries, problemsOf } from './support/snippets.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Its blocks of TypeScript, each named by the heading above it. */
const blocks = [...readme.matchAll(/^## (.*)$|^```ts\n([^]*?)^```/gm)].reduce<
  { name: string; section: string; code: string }[]
>((found, [, heading, code], i, all) => {
  const section =
    all.slice(0, i).findLast(([, above]) => above !== undefined)?.[1] ?? 'Introduction';
  if (heading === undefined && code !== undefined)
    found.push({ name: `${section}, block ${found.length + 1}`, section, code });
  return found;
}, []);

/** What stands between two headings. */
const sectionOf = (heading: string): string =>
  readme.split(/^## /m).find((section) => section.startsWith(heading)) ?? '';

/** The names in the first column of a section's tables. */
const rowsOf = (heading: string): string[] =>
  [...sectionOf(heading).matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) =>
    [...(cell as string).replace(/:.*/, '').matchAll(/`([a-z.]+)/gi)].map(
      ([, name]) => name as string,
    ),
  );

let server: Server;
let folder: string;
/** What `isosession` exports, as TypeScript sees it. */
let checker: ts.TypeChecker;
let declared: Map<string, ts.Symbol>;
/** By the names of blocks. */
let problems: Record<string, string[]>;
const fileOf = (index: number): string => join(folder, `block-${index + 1}.ts`);

/** What https://api.example.com answers in the README. */
function answer({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const json = (data: unknown, status = 200, more = {}): unknown =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...more })
      .end(JSON.stringify(data));
  const { pathname, searchParams } = new URL(url, 'http://api');
  const page = Number(searchParams.get('page') ?? 1);
  if (method === 'POST' && pathname === '/v1/login') json({}, 200, { 'set-cookie': 'sid=1' });
  else if (pathname === '/v1/profile') {
    const known =
      headers.cookie === 'sid=1' &&
      headers.authorization === `Basic ${btoa('user:pass')}` &&
      headers['accept-language'] === 'en';
    json(known ? { name: 'Ann' } : {}, known ? 200 : 401);
  } else if (pathname === '/users/1') json({ name: 'Ann' });
  else if (pathname === '/old') response.writeHead(302, { location: '/items' }).end();
  else if (pathname === '/items')
    json([page], 200, page < 5 ? { link: `</items?page=${page + 1}>; rel="next"` } : {});
  else if (pathname === '/log') response.end('started\n');
  else if (pathname === '/file')
    response.writeHead(method === 'PUT' ? 204 : 200).end(method === 'PUT' ? undefined : 'the file');
  else if (pathname === '/busy' && busy++ % 2 === 0) response.writeHead(503).end();
  else if (pathname === '/busy') json({ ready: true });
  else json({ error: 'no such thing' }, 404);
}
let busy = 0;

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Inside node_modules, so that packages resolve as they do for a user.
  folder = await mkdtemp(join(root, 'node_modules', '.readme-'));
  await Promise.all(blocks.map(({ code }, i) => writeFile(fileOf(i), code)));
  const { port } = server.address() as AddressInfo;
  // The blocks do not know that their host is on loopback; all else is the transport that a user
  // has.
  await writeFile(
    join(folder, 'loopback.ts'),
    `
    import { undiciTransport } from 'isosession/node';
    import { useTransport } from 'isosession/testing';
    import { Agent } from 'undici';
    const agent = new Agent();
    const dispatch = (options, handler) => {
      if (options.origin !== 'https://api.example.com')
        throw new Error('The README called ' + options.origin);
      return agent.dispatch({ ...options, origin: 'http://127.0.0.1:${port}' }, handler);
    };
    useTransport(undiciTransport({ dispatcher: { dispatch } }));
  `,
  );
  problems = problemsOf(blocks);
  const main = entries()['isosession'] as string;
  const program = ts.createProgram([main], compilerOptions());
  checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(main) as ts.SourceFile);
  declared = new Map(
    checker
      .getExportsOfModule(module as ts.Symbol)
      .map((symbol) => [
        symbol.name,
        symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
      ]),
  );
}, 120_000);

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

describe('the README', () => {
  it('has at most 250 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(250);
  });

  it('names its two commands, and no script that does not exist', () => {
    expect(readme).toContain('npm ci && npm test');
    expect(readme).toContain('npm ci && npm run demo');
    for (const [, script] of readme.matchAll(/npm (?:run )?(?!ci|install|run)([a-z:]+)/g))
      expect(Object.keys(scripts)).toContain(script);
  });

  it('links to files that are there', async () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(
      ([, path]) => path as string,
    );
    expect(links).toContain('bench/chart.svg');
    for (const path of links) await expect(access(join(root, path)), path).resolves.toBeUndefined();
  });

  it('begins with an example of twelve lines', () => {
    expect(blocks[0]?.code.trimEnd().split('\n')).toHaveLength(12);
  });

  it('has a row for every option, and no row for what is none', { timeout: 30_000 }, () => {
    const membersOf = (name: string): string[] =>
      checker
        .getDeclaredTypeOfSymbol(declared.get(name) as ts.Symbol)
        .getProperties()
        .map((member) => member.name);
    // Options of `fetch` that only a runtime's own types have are no affair of the README.
    const foreign = ['duplex', 'dispatcher'];
    const options = [
      ...new Set([...membersOf('RequestOptions'), ...membersOf('SessionOptions')]),
    ].filter((name) => !foreign.includes(name));
    const nested = [...membersOf('TimeoutOptions'), ...membersOf('RetryOptions')];
    expect(
      rowsOf('Options')
        .filter((name) => !/^(?:timeout|retry)\.$/.test(name))
        .toSorted(),
    ).toEqual([...options, ...nested, 'cookies'].toSorted());
  });

  it('has a row for every error and its code', () => {
    const codes = [...declared].flatMap(([name, symbol]) => {
      const code = checker.getDeclaredTypeOfSymbol(symbol).getProperty('code');
      const type = code && checker.getTypeOfSymbol(code);
      // The base class has the union of all codes.
      return name.endsWith('Error') && type?.isStringLiteral() ? [`${name} ${type.value}`] : [];
    });
    const rows = [...sectionOf('Errors').matchAll(/^\| `(\w+)` \| `(ERR_\w+)` \|/gm)].map(
      ([, name, code]) => `${name} ${code}`,
    );
    expect(codes.length).toBeGreaterThan(8);
    // Thrown by an entry of its own.
    expect(rows.toSorted()).toEqual([...codes, 'StoreError ERR_STORE'].toSorted());
  });

  it('has blocks of code in the sections that need them', () => {
    for (const section of [
      'Introduction',
      'The session and its responses',
      'Middleware, hooks, transports',
      'Proxies, TLS, HTTP/2, downloads',
      'Errors',
    ])
      expect(blocks.map((block) => block.section)).toContain(section);
  });

  it.each(blocks.map((block, index) => ({ ...block, index })))(
    '$name compiles, runs and prints what it says',
    { timeout: 30_000 },
    async ({ name, code, index }) => {
      const file = fileOf(index);
      expect(problems[name] ?? []).toEqual([]);

      const outfile = file.replace(/ts$/, 'mjs');
      // The sources stand behind the public names; what they load from node_modules stays outside.
      await build({
        stdin: {
          contents: `import './loopback.ts'; import './block-${index + 1}.ts';`,
          resolveDir: folder,
        },
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        alias: entries(),
        tsconfigRaw: '{}',
        external: ['undici', 'undici/*', 'tough-cookie', 'ky', 'cross-fetch'],
        logLevel: 'silent',
        // Our package.json says that no module has side effects, and a block has nothing else.
        ignoreAnnotations: true,
      });
      // It has to end by itself, too: an idle session keeps no process alive.
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [outfile], {
        timeout: 20_000,
        cwd: folder,
      });
      const promised = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text as string);
      expect(promised.length).toBeGreaterThan(0);
      expect(stdout.trimEnd().split('\n')).toEqual(promised);
      expect(stderr).toBe('');
    },
  );
});
