import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPeers, type Consumer, installTarball } from './consumer.ts';
import { mostBytes } from './release-check.mjs';

interface Manifest {
  version: string;
  exports: Record<string, unknown>;
  scripts?: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
}

let consumer: Consumer;
let manifest: Manifest;

beforeAll(async () => {
  consumer = await installTarball();
  addPeers(consumer, ['ky', 'cross-fetch', '@opentelemetry/api']);
  manifest = JSON.parse(readFileSync(join(consumer.installed, 'package.json'), 'utf8')) as Manifest;
});
afterAll(() => consumer?.remove());

/** Sorted export names of modules, as a script in the consumer sees them. */
async function namesOf(...specifiers: string[]): Promise<string[][]> {
  const { code, stdout, stderr } = await consumer.node(
    'names.mjs',
    `
    const modules = await Promise.all(${JSON.stringify(specifiers)}.map((name) => import(name)));
    console.log(JSON.stringify(modules.map((module) => Object.keys(module).sort())));`,
  );
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as string[][];
}

describe('the packed tarball', () => {
  it('holds the build, the licence and the README, and no sources', () => {
    const files = readdirSync(consumer.installed);
    expect(files.toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
  });

  it('holds no source map, and no code that asks for one or that has comments', () => {
    const files = readdirSync(consumer.installed, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => name.endsWith('.map'))).toEqual([]);
    const modules = files.filter((name) => /^dist.*\.c?js$/.test(name));
    expect(modules.length).toBeGreaterThan(100);
    for (const file of modules) {
      const code = readFileSync(join(consumer.installed, file), 'utf8');
      expect(code, file).not.toContain('sourceMappingURL');
      expect(code.match(/^\s*(?:\/\/|\/\*(?!\*?!| @__)).*$/gm), file).toBeNull();
    }
  });

  it('is as small as a release may be', () => {
    const folder = join(consumer.path, '..');
    const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    expect(statSync(join(folder, tarball)).size).toBeLessThanOrEqual(mostBytes);
  });

  it('has a file of each graph side by side, as short as gzip needs it', () => {
    const folders = ['chunks', 'cjs/chunks', 'production/chunks'];
    const chunks = folders.map((folder) => readdirSync(join(consumer.installed, 'dist', folder)));
    const [modules = [], ...others] = chunks.map((names) =>
      names.filter((name) => /\.c?js$/.test(name)).map((name) => basename(name, extname(name))),
    );
    // What is `true` elsewhere is no module there.
    const known = ['development', ...modules];
    for (const names of others) expect(names.filter((name) => !known.includes(name))).toEqual([]);
    const files = folders.flatMap((folder, i) =>
      (chunks[i] ?? []).map((name) => join(consumer.installed, 'dist', folder, name)),
    );
    for (const file of files) expect(statSync(file).size, file).toBeLessThan(32_768);
  });

  it('has every file that its exports name', () => {
    const named: string[] = [];
    const walk = (value: unknown): unknown =>
      typeof value === 'string' ? named.push(value) : Object.values(value as object).forEach(walk);
    walk(manifest.exports);
    expect(named.length).toBeGreaterThan(15);
    for (const file of named)
      expect(readFileSync(join(consumer.installed, file)).length, file).toBeGreaterThan(0);
  });

  it('names the conditions in the order in which runtimes must find them', () => {
    expect(Object.keys(manifest.exports['.'] as object)).toEqual([
      'types',
      'workerd',
      'edge-light',
      'deno',
      'bun',
      'node',
      'development',
      'default',
    ]);
  });

  it('runs nothing when it is installed', () => {
    for (const script of [
      'preinstall',
      'install',
      'postinstall',
      'preprepare',
      'prepare',
      'postprepare',
      'prepublish',
    ])
      expect(manifest.scripts).not.toHaveProperty(script);
  });

  it('depends on undici and tough-cookie alone', () => {
    expect(manifest.dependencies).toEqual({ undici: '^7.30.0', 'tough-cookie': '^6.1.0' });
  });

  it('has peers that need not be there', () => {
    const peers = Object.keys(manifest.peerDependencies).sort();
    expect(peers).toEqual([
      '@opentelemetry/api',
      'cross-fetch',
      'dpop',
      'htmlparser2',
      'ky',
      'oauth4webapi',
    ]);
    for (const name of peers)
      expect(manifest.peerDependenciesMeta[name]).toEqual({ optional: true });
  });
});

describe('a consumer in Node', () => {
  it('imports every entry', async () => {
    const [main, node, auth, middleware, ssr, next, inspect, telemetry, ky, crossFetch, testing] =
      await namesOf(
        'isosession',
        'isosession/node',
        'isosession/auth',
        'isosession/middleware',
        'isosession/ssr',
        'isosession/next',
        'isosession/inspect',
        'isosession/opentelemetry',
        'isosession/ky',
        'isosession/cross-fetch',
        'isosession/testing',
      );
    expect(main).toEqual(
      expect.arrayContaining([
        'HTTPError',
        'Session',
        'basic',
        'bearer',
        'del',
        'fetchTransport',
        'get',
      ]),
    );
    expect(node).toContain('undiciTransport');
    expect(auth).toEqual(['digest', 'formLogin', 'oauth2']);
    expect(middleware).toEqual(['cache', 'dedupe', 'keyvCache', 'limit', 'memoryCache']);
    expect(ssr).toEqual([
      'applySetCookies',
      'dehydrate',
      'forwardSession',
      'hydrate',
      'setCookieHeaders',
    ]);
    expect(next).toEqual(['nextSession']);
    expect(inspect).toEqual(expect.arrayContaining(['harRecorder', 'logger', 'toCurl']));
    expect(telemetry).toEqual(['opentelemetry']);
    expect(ky).toContain('createKy');
    expect(crossFetch).toContain('crossFetchTransport');
    expect(testing).toEqual(expect.arrayContaining(['mockTransport', 'useTransport']));
  });

  it('requires every entry, and gets what it would import', async () => {
    const entries = Object.keys(manifest.exports).filter((name) => !/umd|json/.test(name));
    expect(entries).toHaveLength(13);
    const { code, stdout, stderr } = await consumer.node(
      'require-all.cjs',
      `
      const ofInterop = ['default', 'module.exports', '__esModule'];
      const namesOf = (module) =>
        Object.keys(module).filter((name) => !ofInterop.includes(name)).sort();
      const entries = ${JSON.stringify(entries)}.map((name) => 'isosession' + name.slice(1));
      const required = entries.map((name) => [require.resolve(name), namesOf(require(name))]);
      Promise.all(entries.map((name) => import(name))).then((imported) => {
        console.log(JSON.stringify([required, imported.map(namesOf)]));
      });`,
    );
    expect([code, stderr]).toEqual([0, '']);
    const [required, imported] = JSON.parse(stdout) as [[string, string[]][], string[][]];
    for (const [file] of required) expect(file).toMatch(/\/dist\/cjs\/[\w-]+\.js$/);
    expect(required.map(([, names]) => names)).toEqual(imported);
  });

  it('loads what is rarely needed later, also where it is required', async () => {
    const { code, stdout, stderr } = await consumer.node(
      'lazy.cjs',
      `
      const loaded = (name) => Object.keys(require.cache).some((path) => path.includes(name));
      const lazy = ['/take-snapshot.js', '/node_modules/undici/', '/node_modules/tough-cookie/'];
      const { Session } = require('isosession');
      const session = new Session();
      console.log(JSON.stringify(lazy.filter(loaded)));
      session.snapshot().then(() => console.log(JSON.stringify(lazy.filter(loaded))));`,
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe('[]\n["/take-snapshot.js"]\n');
  });

  it('is told what to install where a credential needs a package', async () => {
    const { code, stdout, stderr } = await consumer.node(
      'peers.mjs',
      `
      import { Session } from 'isosession';
      import { formLogin, oauth2 } from 'isosession/auth';
      import { mockTransport } from 'isosession/testing';
      const transport = mockTransport(() => new Response('', { status: 401 }));
      const issuer = 'https://login.test/';
      for (const auth of [
        formLogin({ url: 'login', fields: { user: 'ann' } }),
        oauth2({ issuer, clientId: 'x', clientAuth: { secret: 'y' } }),
      ]) {
        const session = new Session({ baseUrl: 'https://app.test/', transport, auth });
        await session.get('x').catch(({ code, message }) => console.log(code, message));
      }
      `,
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^ERR_UNSUPPORTED .*npm install htmlparser2$/),
      expect.stringMatching(/^ERR_UNSUPPORTED .*npm install oauth4webapi$/),
    ]);
  });

  it('finds the same names whatever its platform', async () => {
    const entries = ['node', 'edge', 'browser'].map(
      (entry) => `./node_modules/isosession/dist/${entry}.js`,
    );
    const [node, edge, browser] = await namesOf(...entries);
    expect(node?.length).toBeGreaterThan(10);
    expect(edge).toEqual(node);
    expect(browser).toEqual(node);
  });

  it('keeps a login, names its version, and exits by itself without being closed', async () => {
    const { code, stdout, stderr } = await consumer.node(
      'login.mjs',
      `
      import { createServer } from 'node:http';
      import { HTTPError, Session } from 'isosession';
      const server = createServer((request, response) => {
        if (request.url === '/login') {
          response.writeHead(204, { 'set-cookie': 'sid=abc; Path=/; HttpOnly' }).end();
          return;
        }
        const signedIn = request.headers.cookie === 'sid=abc';
        response.writeHead(signedIn ? 200 : 401, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ signedIn, agent: request.headers['user-agent'] }));
      }).listen(0, '127.0.0.1', async () => {
        const session = new Session({ baseUrl: 'http://127.0.0.1:' + server.address().port });
        const before = await session.get('me').json().catch((error) => error);
        await session.post('login', { form: { user: 'u' } });
        const refused = before instanceof HTTPError && before.status;
        console.log(JSON.stringify({ refused, after: await session.get('me').json() }));
        server.close();
        server.closeIdleConnections();
      });`,
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      refused: 401,
      after: { signedIn: true, agent: `isosession/${manifest.version}` },
    });
  });

  it('changes no global, prototype, handle or output by importing', async () => {
    const { code, stdout, stderr } = await consumer.node(
      'import.mjs',
      `
      const types = [Object, Function, Array, Promise, Error];
      const ofFetch = [Response, Request, Headers, ReadableStream, URL, URLSearchParams];
      const objects = [globalThis, ...[...types, ...ofFetch].map((type) => type.prototype)];
      const handles = () =>
        process.getActiveResourcesInfo().filter((name) => name !== 'CloseReq').length;
      const look = () => JSON.stringify([
        objects.map((object) => Reflect.ownKeys(object).map(String)),
        process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
        handles(),
      ]);
      const before = look();
      for (const entry of ['', '/node', '/ssr', '/testing']) await import('isosession' + entry);
      const after = look();
      if (before !== after) console.log(before + '\\n' + after);`,
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('leaves the dispatcher of the global fetch alone', async () => {
    const { stdout } = await consumer.node(
      'dispatcher.mjs',
      `
      await import('isosession');
      const dispatcher = globalThis[Symbol.for('undici.globalDispatcher.1')];
      const { Agent } = await import('undici');
      console.log(dispatcher instanceof Agent);`,
    );
    // Node's own dispatcher may be there, since its Response was looked at.
    expect(stdout).toBe('false\n');
  });
});

describe('the UMD bundle', () => {
  it('is a CommonJS module to Node, with the names of the browser entry', async () => {
    const { stderr, stdout } = await consumer.node(
      'require.cjs',
      `
      const required = require('isosession/umd');
      const own = (module) => Object.keys(module)
        .filter((name) => !['default', 'module.exports', '__esModule'].includes(name))
        .sort();
      Promise.all([
        import('isosession/umd'),
        import('./node_modules/isosession/dist/browser.js'),
      ]).then(([imported, browser]) => {
        console.log(JSON.stringify([own(required), own(imported), own(browser)]));
      });`,
    );
    expect(stderr).toBe('');
    const [required, imported, browser] = JSON.parse(stdout) as string[][];
    expect(browser).toContain('Session');
    expect(required).toEqual(browser);
    expect(imported).toEqual(browser);
  });

  it('is an AMD module to a loader, and leaves no global there', async () => {
    const { stdout } = await consumer.node(
      'amd.mjs',
      `
      import { readFileSync } from 'node:fs';
      import { runInNewContext } from 'node:vm';
      const code = readFileSync('node_modules/isosession/dist/umd/isosession.js', 'utf8');
      const exported = {};
      const given = (name) => name === 'exports' && exported;
      const define = (names, factory) => factory(...names.map(given));
      define.amd = {};
      const scope = { define, Response, Headers, Symbol, URL };
      runInNewContext(code, scope);
      console.log(JSON.stringify([typeof exported.Session, 'isosession' in scope]));`,
    );
    expect(JSON.parse(stdout)).toEqual(['function', false]);
  });
});
