/**
 * Drives WebKitGTK, in the small browser that comes with it, over WebDriver. It has no headless
 * mode, so it runs on a virtual display.
 *
 * @module
 */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { requireBrowserProgram } from './programs.mjs';
import type { OpenBrowser } from './provider.ts';

/** Finds a free port, as the driver cannot choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

/** Starts a virtual display, and returns its name once the server has chosen a number. */
async function startDisplay(started: ChildProcess[]): Promise<string> {
  const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', 'pipe'];
  const server = spawn(
    requireBrowserProgram('Xvfb'),
    ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'],
    { stdio },
  );
  started.push(server);
  const [chosen] = (await once(server.stdio[3] as Readable, 'data', {
    signal: AbortSignal.timeout(60_000),
  })) as [Buffer];
  return `:${chosen.toString().trim()}`;
}

type Method = 'GET' | 'POST' | 'DELETE';

/** Sends a command of WebDriver, and returns its value. Throws when it fails or is not answered. */
async function command<T>(
  url: string,
  method: Method,
  body?: unknown,
  patience = 60_000,
): Promise<T> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(patience),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new Error(`WebKitWebDriver does not answer ${method} ${url}`, { cause });
  });
  const { value } = (await response.json()) as { value: T };
  if (!response.ok)
    throw new Error(`WebKitWebDriver refused ${method} ${url}: ${JSON.stringify(value)}`);
  return value;
}

/** Starts the driver, and returns its origin once it answers. */
async function startDriver(started: ChildProcess[], display: string): Promise<string> {
  const port = await freePort();
  const driver = spawn(
    requireBrowserProgram('WebKitWebDriver'),
    ['--host=127.0.0.1', `--port=${port}`],
    { stdio: 'ignore', env: { ...process.env, DISPLAY: display } },
  );
  started.push(driver);
  const origin = `http://127.0.0.1:${port}`;
  while (
    !(await command(`${origin}/status`, 'GET').then(
      () => true,
      () => false,
    ))
  ) {
    if (driver.exitCode !== null) throw new Error(`WebKitWebDriver ended with ${driver.exitCode}`);
    await wait(50);
  }
  return origin;
}

/** One page in a profile of its own, which ends with it. */
export interface WebKitSession {
  /** A command of WebDriver; its path begins after the session. */
  command<T>(method: Method, path: string, body?: unknown): Promise<T>;
  close(): Promise<void>;
}

/** A running driver. It has one session at a time. */
export interface WebKit {
  /** `args` are options of MiniBrowser. */
  openSession(options?: { args?: string[]; acceptInsecureCerts?: boolean }): Promise<WebKitSession>;
  close(): Promise<void>;
}

/** ms that a driver has to open a browser: now and then one hangs there, and the next does not. */
const openingPatience = 20_000;
const mostDrivers = 3;

/** Starts a display and the driver. */
export async function startWebKit(): Promise<WebKit> {
  const started: ChildProcess[] = [];
  const close = async () => void (await Promise.all(started.map(end)));
  try {
    const display = await startDisplay(started);
    let origin = await startDriver(started, display);
    return {
      async openSession({ args = [], acceptInsecureCerts = false } = {}) {
        const capabilities = {
          alwaysMatch: {
            acceptInsecureCerts,
            'webkitgtk:browserOptions': {
              binary: requireBrowserProgram('MiniBrowser'),
              args: ['--automation', ...args],
            },
          },
        };
        const open = () =>
          command<{ sessionId: string }>(
            `${origin}/session`,
            'POST',
            { capabilities },
            openingPatience,
          );
        let opening = open();
        for (let drivers = 1; drivers < mostDrivers; drivers++) {
          if (await opening.then(Boolean, () => false)) break;
          origin = await startDriver(started, display);
          opening = open();
        }
        const { sessionId } = await opening;
        const session = `${origin}/session/${sessionId}`;
        return {
          command: (method, path, body) => command(session + path, method, body),
          close: () => command(session, 'DELETE'),
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts it, and opens a page. */
export async function openWebKit(url: string): Promise<OpenBrowser> {
  const webKit = await startWebKit();
  try {
    const session = await webKit.openSession();
    await session.command('POST', '/url', { url });
    return { close: () => session.close().finally(webKit.close) };
  } catch (error) {
    await webKit.close();
    throw error;
  }
}
