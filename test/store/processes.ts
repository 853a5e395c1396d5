import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { buildProgram } from '../support/build-program.mjs';

/** A process that says what it does. */
export interface Program {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Resolves with the first line, also of those that were said before, that begins so. */
  line(start: string): Promise<string>;
  /** Resolves when it has ended; rejects with what it says on stderr if that was by an error. */
  readonly ended: Promise<void>;
}

let built: { folder: string; file: string };

/** Builds the program once for all tests of a file. */
export function useProgram(name = 'keep-state'): void {
  beforeAll(async () => {
    built = await buildProgram(name);
  });
  afterAll(() => rmSync(built.folder, { recursive: true, force: true }));
}

/** Starts one more process; it ends with its test at the latest. */
export function start(args: readonly string[], mask?: string): Program {
  const command = [process.execPath, built.file, ...args];
  const [file = '', ...rest] = mask
    ? ['/bin/sh', '-c', `umask ${mask}; exec "$@"`, 'sh', ...command]
    : command;
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let errors = '';
  let hasEnded = false;
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('close', (code) => {
      hasEnded = true;
      for (const look of waiting) look();
      if (code) reject(new Error(errors));
      else resolve();
    });
  });
  ended.catch(() => {});
  return {
    child,
    lines,
    ended,
    line: (begin) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line) => line.startsWith(begin));
          if (found === undefined && !hasEnded) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error(`It has ended without "${begin}": ${errors}`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** A server whose refresh tokens are good for one use: a second one ends the login for all. */
export interface Issuer {
  readonly origin: string;
  readonly renewals: number;
  readonly reused: number;
}

export async function startIssuer(): Promise<Issuer> {
  let generation = 0;
  let reused = 0;
  const server = createServer((request, response) => {
    if (request.url !== '/token') {
      const isGood = generation > 0 && request.headers.authorization === `Bearer a${generation}`;
      response.writeHead(isGood ? 200 : 401).end();
      return;
    }
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { refreshToken } = JSON.parse(body) as { refreshToken?: string };
      if (refreshToken !== `r${generation}`) {
        reused++;
        response.writeHead(400).end();
        return;
      }
      generation++;
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ accessToken: `a${generation}`, refreshToken: `r${generation}` }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get renewals() {
      return generation;
    },
    get reused() {
      return reused;
    },
  };
}
