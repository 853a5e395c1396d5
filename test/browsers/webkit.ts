/**
 * WebKitGTK in its own small browser, over WebDriver, on a display that nobody sees: it has no headless mode.
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

/** A port that was free a moment ago: the driver cannot choose one itself. */
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

/** A display of its own, with the number that the server chose. */
async function startDisplay(started: ChildProcess[]): Promise<string> {
  const stdio: StdioOptions = ['ignore', 'ignore', 'ignore', 'pipe'];
  const server = spawn(requireBrowserProgram('Xvfb'), ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], { stdio });
  started.push(server);
  const [chosen] = await once(server.stdio[3] as Readable, 'data', { signal: AbortSignal.timeout(60_000) }) as [Buffer];
  return `:${chosen.toString().trim()}`;
}

/** A command of WebDriver: what it gives, or its error. */
async function command<T>(url: string, method: 'GET' | 'POST' | 'DELETE', body?: unknown): Promise<T> {
  const response = await fetch(url, { method, signal: AbortSignal.timeout(120_000), ...(body !== undefined && { body: JSON.stringify(body) }) });
  const { value } = await response.json() as { value: T };
  if (!response.ok) throw new Error(`WebKitWebDriver refused ${method} ${url}: ${JSON.stringify(value)}`);
  return value;
}

/** The origin of the driver, once it answers. */
async function startDriver(started: ChildProcess[], display: string): Promise<string> {
  const port = await freePort();
  const driver = spawn(requireBrowserProgram('WebKitWebDriver'), ['--host=127.0.0.1', `--port=${port}`], { stdio: 'ignore', env: { ...process.env, DISPLAY: display } });
  started.push(driver);
  const origin = `http://127.0.0.1:${port}`;
  while (!await command(`${origin}/status`, 'GET').then(() => true, () => false)) {
    if (driver.exitCode !== null) throw new Error(`WebKitWebDriver ended with ${driver.exitCode}`);
    await wait(50);
  }
  return origin;
}

/** Starts it, and opens a page. What it keeps it forgets when it ends. */
export async function openWebKit(url: string): Promise<OpenBrowser> {
  const started: ChildProcess[] = [];
  const close = async () => void await Promise.all(started.map(end));
  try {
    const origin = await startDriver(started, await startDisplay(started));
    const { sessionId } = await command<{ sessionId: string }>(`${origin}/session`, 'POST', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary: requireBrowserProgram('MiniBrowser'), args: ['--automation'] } } },
    });
    const session = `${origin}/session/${sessionId}`;
    await command(`${session}/url`, 'POST', { url });
    return { close: () => command(session, 'DELETE').finally(close) as Promise<void> };
  } catch (error) {
    await close();
    throw error;
  }
}
