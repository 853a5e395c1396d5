/**
 * Apps of frameworks, made of what their pages of the docs show and of what a folder here adds.
 *
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const here = import.meta.dirname;
export const modules = join(here, 'node_modules');
const docs = join(here, '../../../docs');

/** The blocks of a page that name a file, by that name. */
export function filesOf(page: string): Record<string, string> {
  const text = readFileSync(join(docs, page), 'utf8');
  const block = /^```\w+ \[([^\]]+)\]\n([^]*?)^```/gm;
  return Object.fromEntries([...text.matchAll(block)].map(([, name, code]) => [name, code]));
}

/** An app in a folder of its own, where the packages of this one are found. */
export class App implements AsyncDisposable {
  readonly path: string;
  readonly #programs: ChildProcess[] = [];
  #printed = '';

  /** `name`: the folder here, if there is one, that it is a copy of; `files` come beside that. */
  constructor(name: string, files: Readonly<Record<string, string>>) {
    this.path = mkdtempSync(join(here, `.samples-${name}-`));
    const source = join(here, name);
    if (existsSync(source)) cpSync(source, this.path, { recursive: true });
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  write(file: string, text: string): string {
    const path = join(this.path, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Runs a program of Node to its end, which must be a good one. */
  async run(program: string, ...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
      cwd: this.path,
      env: environment(),
      maxBuffer: 64 << 20,
      timeout: 280_000,
    });
    return stdout;
  }

  /** Starts a server, and gives the origin that it prints. */
  async start(program: string, ...args: string[]): Promise<string> {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: this.path,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#programs.push(child);
    this.#printed = '';
    return new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          this.#printed += text;
          const [, port] =
            /http:\/\/(?:127\.0\.0\.1|localhost):([1-9]\d*)/.exec(this.#printed) ?? [];
          if (port) resolve(`http://127.0.0.1:${port}`);
        });
      }
      child.once('exit', (code) =>
        reject(new Error(`${program} ended with ${code}:\n${this.#printed}`)),
      );
    });
  }

  /** Ends the server that was started last as a supervisor does, and gives all that it printed. */
  async stop(): Promise<string> {
    const child = this.#programs.at(-1);
    if (child && isRunning(child) && child.kill()) await once(child, 'close');
    return this.#printed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#programs)
      if (isRunning(child) && child.kill()) await once(child, 'exit');
    rmSync(this.path, { recursive: true, force: true });
  }
}

const isRunning = ({ exitCode, signalCode }: ChildProcess) =>
  exitCode === null && signalCode === null;

/** As if no runner of tests stood around it. */
function environment(): NodeJS.ProcessEnv {
  const { VITEST: _, NODE_ENV: __, ...env } = process.env;
  return { ...env, ASTRO_TELEMETRY_DISABLED: '1', HOST: '127.0.0.1', PORT: '0' };
}
