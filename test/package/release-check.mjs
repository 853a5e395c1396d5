// @ts-check
/**
 * All that a release does but the publishing: as a program it says everything that stands in the
 * way, and fails if anything does. `--tag v1.2.3` is what the release is to be called; `--out
 * <folder>` keeps the tarball, the list of what it brings along (SBOM), and the release's notes.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Of the tarball: what it took, and 2 %. Most of it is what each release has once: modules, types,
 * UMD. Less takes shorter names, which nobody could read in a stack trace.
 */
export const mostBytes = 340_000;

/** What is in package.json and is the owner's to say. */
const ownersFields = ['repository', 'homepage', 'bugs', 'author'];

/**
 * @param {Record<string, unknown>} manifest
 * @param {string} security - SECURITY.md
 */
function missingFromOwner(manifest, security) {
  const missing = ownersFields
    .filter((field) => !manifest[field])
    .map((field) => `package.json has no \`${field}\`: it is the owner's to give.`);
  if (!/^Contact: <(?:mailto:|https:\/\/)[^\s<>]+>$/m.test(security))
    missing.push(
      'SECURITY.md has no line `Contact: <mailto:…>` or `Contact: <https://…>`: ' +
        "it is the owner's to give.",
    );
  return missing;
}

/**
 * What the changelog says of a version that has a date, or `undefined`.
 *
 * @param {string} changelog
 * @param {string} version
 */
export function notesOf(changelog, version) {
  const section = changelog.split(/^## /m).find((text) => text.startsWith(`${version} `));
  const [head = '', ...lines] = section?.split('\n') ?? [];
  return / \(\d{4}-\d{2}-\d{2}\)$/.test(head) ? `${lines.join('\n').trim()}\n` : undefined;
}

/**
 * What a release is judged by before it is built.
 *
 * @typedef {object} Texts
 * @property {Record<string, unknown>} manifest
 * @property {string} security - SECURITY.md
 * @property {string} changelog
 * @property {string | undefined} [tag]
 */

/**
 * What stands in the way of a release, as far as its texts say it.
 *
 * @param {Texts} texts
 */
export function problemsIn({ manifest, security, changelog, tag }) {
  const version = String(manifest['version']);
  const problems = missingFromOwner(manifest, security);
  if (!notesOf(changelog, version))
    problems.push(`CHANGELOG.md has no head \`## ${version} (<year>-<month>-<day>)\`.`);
  if (tag !== undefined && tag !== `v${version}`)
    problems.push(`The tag is ${tag}, and package.json says that this is ${version}.`);
  return problems;
}

/**
 * Runs a program to its end, and gives what it prints; an error where it fails.
 *
 * @param {string} command
 * @param {string[]} parameters
 * @param {string} [cwd]
 */
function run(command, parameters, cwd = root) {
  const { status, error, stdout } = spawnSync(command, parameters, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`\`${command} ${parameters.join(' ')}\` fails.\n${stdout}`);
  return stdout;
}

/**
 * Packs the build, and returns where it is.
 *
 * @param {string} folder
 */
function pack(folder) {
  // It has just been built and checked.
  const flags = ['--ignore-scripts', '--silent', '--pack-destination', folder];
  return join(folder, run('npm', ['pack', ...flags]).trim());
}

/**
 * The packages that an install of the tarball brings along, as CycloneDX.
 *
 * Asked in the repository, npm leaves tough-cookie out. It is asked where the tarball is unpacked,
 * without what is for development; the folder's name is the package's there.
 *
 * @param {string} tarball
 * @param {string} name
 */
function billOfMaterials(tarball, name) {
  const folder = mkdtempSync(join(tmpdir(), 'isosession-sbom-'));
  try {
    const unpacked = join(folder, name);
    mkdirSync(unpacked);
    run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components', '1']);
    const file = join(unpacked, 'package.json');
    const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify(manifest));
    const omit = ['--package-lock-only', '--omit=dev', '--omit=optional', '--omit=peer'];
    run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...omit], unpacked);
    return run('npm', ['sbom', '--sbom-format', 'cyclonedx', ...omit], unpacked);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The packages that a list names.
 *
 * @param {string} bill
 * @returns {string[]}
 */
function namesIn(bill) {
  /** @type {{components: {name: string, version: string}[]}} */
  const { components } = JSON.parse(bill);
  return components.map(({ name, version }) => `${name} ${version}`);
}

/**
 * Builds, checks and packs into a folder, and returns what is wrong.
 *
 * @param {string} folder
 * @param {Record<string, unknown>} manifest
 */
function packageProblems(folder, manifest) {
  const problems = [];
  process.stdout.write(run('npm', ['run', 'check:package']));
  const tarball = pack(folder);
  const { size } = statSync(tarball);
  console.log(`The tarball has ${size} bytes, of at most ${mostBytes}.`);
  if (size > mostBytes) problems.push(`The tarball is ${size - mostBytes} bytes too large.`);

  const bill = billOfMaterials(tarball, String(manifest['name']));
  writeFileSync(join(folder, 'sbom.cdx.json'), bill);
  const names = namesIn(bill);
  console.log(`It brings along ${names.join(', ')}.`);
  for (const name of Object.keys(manifest['dependencies'] ?? {}))
    if (!names.some((found) => found.startsWith(`${name} `)))
      problems.push(`The SBOM does not name ${name}.`);
  return problems;
}

function main() {
  const { values } = parseArgs({ options: { tag: { type: 'string' }, out: { type: 'string' } } });
  const folder = values.out ? resolve(values.out) : mkdtempSync(join(tmpdir(), 'isosession-'));
  mkdirSync(folder, { recursive: true });
  const text = (/** @type {string} */ name) => readFileSync(join(root, name), 'utf8');
  const manifest = JSON.parse(text('package.json'));
  const changelog = text('CHANGELOG.md');
  const security = text('SECURITY.md');
  const problems = problemsIn({ manifest, security, changelog, tag: values.tag });
  const pending = readdirSync(join(root, '.changeset')).filter((name) => name.endsWith('.md'));
  if (pending.length > 0)
    problems.push(
      `${pending.join(', ')}: \`npm run release:version\` makes a version of changesets.`,
    );
  const changes = run('git', ['status', '--porcelain']);
  if (changes) problems.push(`There are changes that are not committed:\n${changes.trimEnd()}`);
  try {
    problems.push(...packageProblems(folder, manifest));
    writeFileSync(join(folder, 'notes.md'), notesOf(changelog, manifest.version) ?? '');
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    if (!values.out) rmSync(folder, { recursive: true, force: true });
  }
  for (const problem of problems) console.error(`- ${problem}`);
  console.log(problems.length > 0 ? 'Not ready for a release.' : 'Ready for a release.');
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main();
