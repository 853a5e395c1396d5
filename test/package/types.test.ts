import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declarations, report, reportPath, withoutComments } from './api-report.mjs';
import { addPeers, type Consumer, installTarball, root } from './consumer.ts';

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installTarball();
  addPeers(consumer, ['ky', 'cross-fetch', '@opentelemetry/api']);
});
afterAll(() => consumer?.remove());

const entries = {
  Session: 'isosession',
  undiciTransport: 'isosession/node',
  digest: 'isosession/auth',
  limit: 'isosession/middleware',
  forwardSession: 'isosession/ssr',
  mockTransport: 'isosession/testing',
  crossFetchTransport: 'isosession/cross-fetch',
};

/** A program that names every entry, and uses what it would be a pity to have as `any`. */
const program = `
${Object.entries(entries)
  .map(([name, entry]) => `import { ${name} } from '${entry}';`)
  .join('\n')}
import { get, HTTPError, post } from 'isosession';
import type {
  BodyOption, CallOptions, HeadersOption, RequestOptions, ResolvedOptions, SessionResponse,
} from 'isosession';
type IsAny<T> = 0 extends 1 & T ? true : false;
export const notAny: [
  IsAny<BodyOption>,
  IsAny<HeadersOption>,
  IsAny<RequestOptions['signal']>,
  IsAny<ResolvedOptions['redirect']>,
  IsAny<ResolvedOptions['credentials']>,
] = [false, false, false, false, false];
export const session: Session = new Session({
  baseUrl: 'https://example.com',
  transport: mockTransport(() => new Response('')),
});
export const response: Promise<SessionResponse> = session.get('x', {
  headers: { a: '1' },
  transport: undiciTransport(),
});
export const other: Promise<{ a: number }> = session
  .post('x', { json: 1, transport: crossFetchTransport() })
  .json<{ a: number }>();
// @ts-expect-error No such option.
void session.get('x', { params: {} });

// What a body is, and who has none.
void session.query('x', { form: { a: 1 } });
void session.post('x', { json: undefined, body: 'x' });
const wrapped = (options: RequestOptions) => [session.put('x', options), session.get('x', options)];
const defaulted = (options: CallOptions) => session.patch('x', { ...options, json: 1 });
export const wrappers = [wrapped, defaulted, wrapped({ json: 1 }), defaulted({ timeout: 1 })];
// @ts-expect-error At most one of the three.
void session.post('x', { json: 1, form: {} });
// @ts-expect-error At most one of the three.
void session.request('x', { method: 'PUT', json: 1, body: 'x' });
// @ts-expect-error At most one of the three.
void post('x', { form: {}, body: 'x' });
// @ts-expect-error GET has none.
void session.get('x', { json: 1 });
// @ts-expect-error HEAD has none.
void session.head('x', { form: {} });
// @ts-expect-error GET has none.
void get('x', { body: 'x' });
// @ts-expect-error At most one of the three.
void session.paginate('x', { method: 'POST', json: 1, body: 'x' });

// The data of an HTTP error.
declare const error: unknown;
if (HTTPError.is<{ reason: string }>(error)) {
  const reason: string | undefined = error.data?.reason;
  void reason;
}
if (HTTPError.is(error)) {
  const unknowable: IsAny<typeof error.data> = false;
  void unknowable;
}
if (error instanceof HTTPError) {
  const unknowable: IsAny<typeof error.data> = false;
  void [unknowable, error.status];
}
export const typed = (known: HTTPError<{ reason: string }>): HTTPError => known;
`;

/** Problems of a program in the consumer's folder, declarations of the library included. */
function check(text: string, options: ts.CompilerOptions): string[] {
  const compilerOptions: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    target: ts.ScriptTarget.ES2022,
    typeRoots: [join(root, 'node_modules/@types')],
    ...options,
  };
  const built = ts.createProgram(
    [consumer.write('program.ts', text)],
    compilerOptions,
    ts.createCompilerHost(compilerOptions),
  );
  // What a type package of another project says about itself is no finding about ours.
  const files = built
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(consumer.path))
    .flatMap((file) => [
      ...built.getSyntacticDiagnostics(file),
      ...built.getSemanticDiagnostics(file),
    ]);
  return [...built.getOptionsDiagnostics(), ...built.getGlobalDiagnostics(), ...files].map(
    ({ file, messageText }) => {
      const place = file?.fileName.replace(consumer.path, '') ?? '';
      return `${place} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    },
  );
}

const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
const nodeNext = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};
const dom = ['lib.es2022.d.ts', 'lib.dom.d.ts'];

describe('the declarations', () => {
  it.each([
    ['a browser program, which knows only the DOM', { ...bundler, lib: dom, types: [] }],
    [
      'a Node program, which has no DOM',
      { ...nodeNext, lib: ['lib.es2022.d.ts'], types: ['node'] },
    ],
    ["a program with the DOM and Node's types", { ...nodeNext, lib: dom, types: ['node'] }],
  ])('are right, and nothing in them is an accidental any, in %s', (_name, options) => {
    expect(check(program, options)).toEqual([]);
  });

  it('let undiciTransport take dns.lookup and a resolver like it', () => {
    const text = `import { lookup } from 'node:dns';
import { undiciTransport } from 'isosession/node';
undiciTransport({ lookup });
undiciTransport({ lookup: (_hostname, _options, callback) => callback(null, '127.0.0.1', 4) });
undiciTransport({
  lookup: (_hostname, _options, callback) => callback(null, [{ address: '::1', family: 6 }]),
});`;
    expect(check(text, { ...nodeNext, lib: ['lib.es2022.d.ts'], types: ['node'] })).toEqual([]);
  });

  it("let isosession/ssr take what servers give: a Request, Node's pairs, h3's events", () => {
    const text = `import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { Session } from 'isosession';
import { applySetCookies, dehydrate, forwardSession } from 'isosession/ssr';
import { hydrate, setCookieHeaders } from 'isosession/ssr';
declare const req: IncomingMessage & { res?: ServerResponse }, res: ServerResponse;
declare const req2: Http2ServerRequest, res2: Http2ServerResponse;
declare const request: Request;
class Mine extends Session {}
for (const incoming of [req, req2, request, { node: { req, res } }, { req: request }]) {
  const session: Session = forwardSession(new Mine(), incoming, {
    to: ['https://api.example.com'],
    forwardCookies: (name) => name === 'sid',
    context: { hydrate: true },
  });
  const web = { res: { headers: new Headers() } };
  for (const outgoing of [res, res2, new Response(''), new Headers(), { node: { req, res } }, web])
    applySetCookies(session, outgoing, { domain: null, sameSite: 'lax' });
  const lines: string[] = setCookieHeaders(session, { names: ['sid'] });
  hydrate(session, dehydrate(session) + lines.length);
}
// @ts-expect-error The visitor's session has no credentials of anybody else.
forwardSession(new Session(), req, { to: [], auth: null });`;
    expect(check(text, { ...nodeNext, lib: ['lib.es2022.d.ts'], types: ['node'] })).toEqual([]);
    expect(check(text, { ...nodeNext, lib: dom, types: ['node'] })).toEqual([]);
  });

  it('let createKy take the session of any platform', () => {
    const text = `import { createKy } from 'isosession/ky';
import { Session } from 'isosession';
const ky = createKy(new Session());
export const data: Promise<string> = ky.get('https://example.com').text();`;
    expect(check(text, { ...bundler, lib: dom, types: [] })).toEqual([]);
  });

  it('describe the UMD bundle, as a global too', () => {
    expect(
      check('export const session: isosession.Session = new isosession.Session();', {
        ...bundler,
        lib: dom,
        types: [],
        allowUmdGlobalAccess: true,
      }).filter((problem) => !problem.includes('isosession')),
    ).toEqual([]);
    expect(
      check("import { Session } from 'isosession/umd';\nexport const session = new Session();", {
        ...nodeNext,
        lib: dom,
        types: [],
      }),
    ).toEqual([]);
  });

  it('import nothing of Node or of a dependency: one file, structural types', () => {
    const files = declarations();
    expect(files.length).toBeGreaterThan(4);
    for (const { name, file } of files) {
      const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(
        readFileSync(file, 'utf8'),
      );
      const imports = importedFiles.map(({ fileName }) => fileName);
      expect(imports, file).toEqual(
        name === 'isosession'
          ? []
          : imports.filter(
              (path) =>
                /^(?:\.\.?\/)+(?:(?:(?:store|ssr|inspect)\/)?index|chunks\/[\w-]+)\.cjs$/.test(
                  path,
                ) ||
                (name === 'isosession/ky' && path === 'ky') ||
                (name === 'isosession/opentelemetry' && path === '@opentelemetry/api'),
            ),
      );
      expect(typeReferenceDirectives, file).toEqual([]);
      expect(
        /\bNodeJS\.|\bBuffer\b|import\(['"]/.exec(withoutComments(file))?.[0],
        file,
      ).toBeUndefined();
    }
  });

  it('declare the values that the entry exports, no more and no fewer', async () => {
    const main = declarations().find(({ name }) => name === 'isosession');
    const built = ts.createProgram([main!.file], { noEmit: true, types: [] });
    const checker = built.getTypeChecker();
    const symbol = checker.getSymbolAtLocation(built.getSourceFile(main!.file)!);
    const values = checker
      .getExportsOfModule(symbol!)
      .filter(
        (exported) =>
          (exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported)
            .flags & ts.SymbolFlags.Value,
      )
      .filter((exported) => !ts.isTypeOnlyImportOrExportDeclaration(exported.declarations![0]!))
      .map(({ name }) => name);
    const module = (await import(join(root, 'dist/browser.js'))) as object;
    expect(values.sort()).toEqual(Object.keys(module).sort());
  });

  it('are the same API on every platform', () => {
    const file = join(root, 'src/platforms.ts');
    const text = ['edge', 'node']
      .map(
        (entry) => `
import * as browser_${entry} from './index.browser.ts';
import * as ${entry} from './index.${entry}.ts';
export const to_${entry}: typeof ${entry} = browser_${entry};
export const from_${entry}: typeof browser_${entry} = ${entry};`,
      )
      .join('\n');
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) =>
      ts.sys.readFile(path),
    ) as { config: { compilerOptions: object } };
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.fileExists = (name) => name === file || fileExists.call(host, name);
    host.getSourceFile = (name, ...rest) =>
      name === file
        ? ts.createSourceFile(name, text, ts.ScriptTarget.Latest)
        : getSourceFile.call(host, name, ...rest);
    const problems = ts.createProgram([file], options, host);
    expect(
      problems
        .getSemanticDiagnostics(problems.getSourceFile(file))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ).toEqual([]);
  });
});

describe('the API report', () => {
  it('in docs/api.d.ts is that of the build', () => {
    expect(existsSync(reportPath), 'docs/api.d.ts is missing: run `npm run api`').toBe(true);
    expect(
      report(),
      'The public API has changed. If it was meant to, run `npm run api` and commit docs/api.d.ts.',
    ).toBe(readFileSync(reportPath, 'utf8'));
  });
});
