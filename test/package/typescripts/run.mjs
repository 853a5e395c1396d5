// The types of the packed tarball to the last four versions of TypeScript, in every way in which
// they find modules: `npm run test:typescripts`. It installs them beside this file.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * @param {string} command
 * @param {string[]} parameters
 * @param {string} cwd
 */
function must(command, parameters, cwd) {
  const { status, error } = spawnSync(command, parameters, {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${parameters[0]} ended with ${status}`);
}

/** Every entry, and what a program makes of it, whose declarations name our types. */
const entries = `
import { HTTPError, Session, type SessionResponse } from 'isosession';
import { digest } from 'isosession/auth';
import { fromNetscape } from 'isosession/cookies';
import { crossFetchTransport } from 'isosession/cross-fetch';
import { toCurl } from 'isosession/inspect';
import { createKy } from 'isosession/ky';
import { cache } from 'isosession/middleware';
import { nextSession } from 'isosession/next';
import { undiciTransport } from 'isosession/node';
import { opentelemetry } from 'isosession/opentelemetry';
import { forwardSession } from 'isosession/ssr';
import { memoryStore } from 'isosession/store';
import { mockTransport } from 'isosession/testing';
import { Session as Umd } from 'isosession/umd';

export const session: Session = new Session({ transport: undiciTransport() });
export const response: Promise<SessionResponse> = session.get('x', { auth: digest('u', 'p') });
session.use(cache()).use(opentelemetry());
session.mount('https://a.test/', mockTransport(() => new Response('')));
session.mount('https://b.test/', crossFetchTransport());
export const others = () => [fromNetscape, toCurl, createKy, nextSession, forwardSession];
export const store = memoryStore();
export const umd = new Umd();
export const make = () => session.extend();
// @ts-expect-error No such option.
void session.get('x', { params: {} });
export const isError = (error: unknown) => HTTPError.is(error) && error.status;
`;

/** What a program infers of another file of it, without naming the library. */
const inferring = `
import { make, response, store } from './entries.js';
export const made = make();
export const kept = [store, response];
`;

/** A session of CommonJS is one to ES modules. */
const mixing = `
import { Session } from 'isosession';
import { made } from './required.cjs';
export const session: Session = made;
export const child: typeof made = new Session().extend();
`;

const required = `
import { Session } from 'isosession';
import { createKy } from 'isosession/ky';
import { undiciTransport } from 'isosession/node';
export const made = new Session({ transport: undiciTransport() });
export const ky = () => createKy(made);
`;

/** How modules are found: the files of the program, and the options. */
const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  node10: { module: 'commonjs', moduleResolution: 'node10' },
};

const libraries = {
  DOM: { lib: ['es2022', 'dom'], types: [] },
  Node: { lib: ['es2022'], types: ['node'] },
  'DOM and Node': { lib: ['es2022', 'dom'], types: ['node'] },
};

/** A project that has the tarball installed. */
function install() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'isosession-types-')));
  const installed = join(folder, 'node_modules', 'isosession');
  mkdirSync(installed, { recursive: true });
  must('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  must('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components', '1'], folder);
  for (const name of ['ky', 'cross-fetch', '@opentelemetry/api', '@types/node', 'undici-types']) {
    const path = join(folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), path, 'junction');
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'entries.ts'), entries);
  writeFileSync(join(folder, 'inferring.ts'), inferring);
  writeFileSync(join(folder, 'mixing.ts'), mixing);
  writeFileSync(join(folder, 'required.cts'), required);
  return folder;
}

/**
 * Writes a project for each way in which a version finds modules.
 *
 * @param {string} folder
 * @param {string} version
 */
function writeProjects(folder, version) {
  const names = [];
  for (const [resolution, options] of Object.entries(resolutions)) {
    // TypeScript 7 has no such thing, and 6 asks to be told that one knows.
    const isOld = resolution === 'node10';
    if (isOld && version === '7.0') continue;
    const silence = isOld && version === '6.0' ? { ignoreDeprecations: '6.0' } : {};
    const files = ['entries.ts', 'inferring.ts'];
    if (resolution.startsWith('node') && !isOld) files.push('mixing.ts', 'required.cts');
    for (const [library, types] of Object.entries(libraries)) {
      const name = `${version} ${resolution}, ${library}`;
      const compilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        target: 'es2022',
        rootDir: '.',
        declaration: true,
        emitDeclarationOnly: true,
        outDir: join('out', name),
        ...options,
        ...silence,
        ...types,
      };
      writeFileSync(join(folder, `${name}.json`), JSON.stringify({ compilerOptions, files }));
      names.push(name);
    }
  }
  return names;
}

/**
 * What a version says of each project and of our declarations; what those of others say about
 * themselves is no finding about ours. One process builds them all, which reads the libraries once.
 *
 * @param {string} folder
 * @param {string} version
 */
async function* problems(folder, version) {
  const names = writeProjects(folder, version);
  const tsc = join(here, 'node_modules', `typescript-${version}`, 'bin', 'tsc');
  const projects = names.map((name) => `${name}.json`);
  const flags = ['--build', '--verbose', '--pretty', 'false'];
  const child = spawn(process.execPath, [tsc, ...flags, ...projects], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const [, ...parts] = output.split(/Building project '(?=.*\.json'\.\.\.)/);
  for (const name of names) {
    const said = parts.filter((part) => part.slice(0, part.indexOf("'")).endsWith(`${name}.json`));
    const found = said
      .flatMap((part) => part.split('\n'))
      .filter((line) => /error TS/.test(line))
      .filter((line) => !/^(?:\.\.\/|node_modules\/(?!isosession))/.test(line));
    if (!existsSync(join(folder, 'out', name, 'entries.d.ts')))
      found.push('It has written no declarations');
    if (said.length !== 1) found.push(`It was built ${said.length} times:\n${output}`);
    yield { name, found };
  }
}

must('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], here);
if (!existsSync(join(root, 'dist'))) throw new Error('There is no build: npm run build');
const folder = install();
try {
  let [passed, failed] = [0, 0];
  /** @param {string[]} versions */
  const check = async (...versions) => {
    for (const version of versions)
      for await (const { name, found } of problems(folder, version)) {
        if (found.length > 0) failed += 1;
        else passed += 1;
        console.log(`${found.length ? '✗' : '✓'} ${name}`);
        for (const problem of found) console.log(`    ${problem}`);
      }
  };
  // TypeScript 7 uses all cores by itself.
  await Promise.all([check('5.8', '5.9'), check('6.0', '7.0')]);
  console.log(`${passed} of ${passed + failed} passed`);
  if (failed > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
