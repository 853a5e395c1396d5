/**
 * Runs the contract in the runtime that loads this module, and reports how each test ended.
 *
 * @module
 */
import { startTests, type Task, type VitestRunner } from '@vitest/runner';
import type { ProvidedContext } from 'vitest';

/** The files to run, and what `inject` gives to them. */
export interface Order {
  /** Paths of the files of `test/contract` within it, without `.contract.ts`. */
  files: string[];
  provide: Pick<ProvidedContext, 'originA' | 'originB' | 'showsExcluded'>;
}

/** How one test ended. */
export interface Outcome {
  file: string;
  /** The name of the test, after those of its groups. */
  name: string;
  /** It is not for this runtime, and is there to be counted. */
  isExcluded: boolean;
  /** What went wrong, each with its stack. */
  errors: string[];
}

/** The result of a whole run. */
export interface Report {
  outcomes: Outcome[];
  /** Rejections that nobody has handled. */
  unhandled: string[];
}

const config: VitestRunner['config'] = {
  root: '/',
  name: undefined,
  setupFiles: [],
  passWithNoTests: false,
  allowOnly: false,
  testNamePattern: undefined,
  includeTaskLocation: false,
  chaiConfig: undefined,
  sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
  maxConcurrency: 1,
  testTimeout: 15_000,
  hookTimeout: 15_000,
  retry: 0,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
};

/** Runs every file, one after the other. */
export async function runContract({ files, provide }: Order): Promise<Report> {
  // Only now: the fake timers start a real timer as they load, which workerd allows in a request.
  const { provided } = await import('./vitest.ts');
  for (const [name, value] of Object.entries({ ...provide, platform: 'edge' }))
    provided.set(name, value);
  const unhandled = new Map<unknown, string>();
  globalThis.addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    unhandled.set(event.promise, textOf(event.reason));
  });
  // Some runtimes report a rejection that a later microtask handles.
  globalThis.addEventListener('rejectionhandled', (event) => void unhandled.delete(event.promise));
  const ran = await startTests(
    files.map((name) => `/${name}`),
    { config, importFile: (path) => import(`../../contract/${path.slice(1)}.contract.ts`) },
  );
  return {
    outcomes: ran.flatMap((file) => outcomesOf(file, file.name, [])),
    unhandled: [...unhandled.values()],
  };
}

function outcomesOf(task: Task, file: string, path: string[]): Outcome[] {
  const name = path.join(' > ');
  const errors = (task.result?.errors ?? []).map(textOf);
  const isExcluded = task.mode === 'skip' && task.name.includes('[not here: ');
  if (task.type === 'test')
    return [
      {
        file,
        name,
        isExcluded,
        errors:
          task.result?.state === 'pass' || isExcluded || errors.length
            ? errors
            : [`It ended as "${task.result?.state ?? task.mode}"`],
      },
    ];
  // A file fails by itself when it cannot be loaded, and a group in its hooks.
  const own = errors.length ? [{ file, name: name || 'loads', isExcluded: false, errors }] : [];
  return [...own, ...task.tasks.flatMap((child) => outcomesOf(child, file, [...path, child.name]))];
}

function textOf(error: unknown): string {
  const { message, stack, diff, cause } = Object(error) as {
    message?: string;
    stack?: string;
    diff?: string;
    cause?: unknown;
  };
  const text =
    message !== undefined && stack?.includes(message)
      ? stack
      : [message ?? String(error), stack].filter(Boolean).join('\n');
  return [text, diff, cause === undefined ? undefined : `caused by ${textOf(cause)}`]
    .filter(Boolean)
    .join('\n');
}
