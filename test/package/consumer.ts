/**
 * A project that has installed the packed tarball, as a user's would.
 *
 * @module
 */
import { execFile, type ExecFileException } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** As if no runner of tests stood around a program. */
export const plainEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:VITEST|NODE_ENV$|TEST$)/.test(name)),
);

/** How a program ended. */
export interface Ending {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export function run(command: string, parameters: string[], cwd: string): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(
      command,
      parameters,
      { cwd, env: plainEnvironment, maxBuffer: 64 << 20, timeout: 300_000 },
      (error: ExecFileException | null, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      },
    );
  });
}

/** Like {@link run}, for a program that must succeed. */
export async function must(command: string, parameters: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, parameters, cwd);
  if (code !== 0)
    throw new Error(`${command} ${parameters.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** A consumer's folder. */
export class Consumer {
  readonly path: string;
  /** What npm packed, as unpacked in `node_modules`. */
  readonly installed: string;

  constructor(path: string) {
    this.path = path;
    this.installed = join(path, 'node_modules', 'isosession');
  }

  write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  /** Runs a script in Node until the process exits by itself. */
  node(name: string, text: string): Promise<Ending> {
    return run(process.execPath, [this.write(name, text)], this.path);
  }

  remove(): void {
    rmSync(join(this.path, '..'), { recursive: true, force: true });
  }
}

/** Where the repository has a package. */
function local(name: string): string {
  return join(root, 'node_modules', name);
}

/** What an install brings along, and where in the repository's `node_modules` it stands. */
export const dependencies: Readonly<Record<string, string>> = Object.fromEntries(
  ['undici', 'tough-cookie', 'tldts', 'tldts-core'].map((name) => [name, name]),
);

/**
 * Copies packages, without their scripts: npm 10 runs `prepare` of a local package even when it is
 * told to run none.
 */
export function copyPackages(folder: string, packages: Readonly<Record<string, string>>): void {
  for (const [name, path] of Object.entries(packages)) {
    const copy = join(folder, 'node_modules', name);
    cpSync(local(path), copy, { recursive: true });
    const { scripts: _, ...manifest } = JSON.parse(
      readFileSync(join(copy, 'package.json'), 'utf8'),
    ) as { scripts?: object };
    writeFileSync(join(copy, 'package.json'), JSON.stringify(manifest));
  }
}

/**
 * Packs `dist` into a folder, with copies of what it depends on beside it: nothing is downloaded.
 *
 * @returns the name of the tarball
 */
export async function packTarball(folder: string): Promise<string> {
  await must('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], root);
  copyPackages(folder, dependencies);
  return readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
}

/** Makes a consumer beside a tarball that {@link packTarball} has made. */
export async function install(folder: string, tarball: string, name: string): Promise<Consumer> {
  const consumer = new Consumer(join(folder, name));
  mkdirSync(consumer.path);
  const overrides = Object.fromEntries(
    ['undici', 'tough-cookie'].map((each) => [each, `file:../node_modules/${each}`]),
  );
  consumer.write(
    'package.json',
    JSON.stringify({
      name,
      private: true,
      type: 'module',
      dependencies: { isosession: `file:../${tarball}` },
      overrides,
    }),
  );
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await must('npm', ['install', ...flags], consumer.path);
  return consumer;
}

/** A consumer with a tarball and a folder of its own. */
export async function installTarball(): Promise<Consumer> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'isosession-')));
  try {
    return await install(folder, await packTarball(folder), 'consumer');
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Adds optional peers. */
export function addPeers(consumer: Consumer, names: readonly string[]): void {
  for (const name of names) {
    const path = join(consumer.path, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(local(name), path, 'junction');
  }
}
