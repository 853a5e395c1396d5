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
      { cwd, maxBuffer: 64 << 20, timeout: 100_000 },
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
 * Packs `dist` and installs the tarball. Its dependencies are copies of the repository's own:
 * nothing is downloaded.
 */
export async function installTarball(): Promise<Consumer> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'isosession-')));
  const consumer = new Consumer(join(folder, 'consumer'));
  try {
    await must('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], root);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    copyPackages(folder, dependencies);
    mkdirSync(consumer.path);
    const overrides = Object.fromEntries(
      ['undici', 'tough-cookie'].map((name) => [name, `file:../node_modules/${name}`]),
    );
    consumer.write(
      'package.json',
      JSON.stringify({
        name: 'consumer',
        private: true,
        type: 'module',
        dependencies: { isosession: `file:../${tarball}` },
        overrides,
      }),
    );
    await must(
      'npm',
      ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'],
      consumer.path,
    );
    return consumer;
  } catch (error) {
    consumer.remove();
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
