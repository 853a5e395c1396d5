/**
 * Runs an example of the playground in the page.
 *
 * @module
 */
import { type Exchange, playgroundServer } from './server.ts';

/** The builds that a page can try: with a cookie jar of its own, or the browser's. */
export type Build = 'edge' | 'browser';

/** What came of it, told as it comes. */
export interface Watcher {
  /** A line that it has printed, or what it has thrown. */
  print(text: string, isError: boolean): void;
  exchange(exchange: Exchange): void;
}

const builds = {
  edge: () => import('../../../dist/edge.js'),
  browser: () => import('../../../dist/browser.js'),
};

const entries: Record<string, () => Promise<object>> = {
  'isosession/testing': () => import('../../../dist/testing.js'),
  'isosession/inspect': () => import('../../../dist/inspect.js'),
  'isosession/middleware': () => import('../../../dist/middleware.js'),
};

const importLine = /^import \{([^}]*)\} from '([^']+)';?/gm;
// What `async function () {}` is made by has no name of its own.
const AsyncFunction = (async () => undefined).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<unknown>;

function inspect(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return String(value);
  if (value instanceof Response) return `Response ${value.status}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** Resolves when the example has ended, however it did. */
export async function runExample(code: string, build: Build, watcher: Watcher): Promise<void> {
  const say =
    (isError = false) =>
    (...values: unknown[]) =>
      watcher.print(values.map(inspect).join(' '), isError);
  const { mockTransport, useTransport } = await import('../../../dist/testing.js');
  const server = playgroundServer(mockTransport, (exchange) => watcher.exchange(exchange));
  const used = useTransport(server);
  try {
    const modules: Record<string, object> = { isosession: await builds[build]() };
    for (const [, , name = ''] of code.matchAll(importLine)) {
      const load = entries[name];
      if (load) modules[name] = await load();
      else if (!(name in modules)) throw new Error(`${name} is not in the playground`);
    }
    const script = code.replace(
      importLine,
      (_, names: string, name: string) =>
        `const {${names.replaceAll(' as ', ': ')}} = modules['${name}'];`,
    );
    const run = new AsyncFunction('modules', 'console', script);
    await run(modules, { log: say(), info: say(), warn: say(), error: say(true) });
  } catch (error) {
    say(true)(error);
  } finally {
    used[Symbol.dispose]();
  }
}
