/**
 * What ky does, and what ky does over a session: each behaviour is a sentence and a function that
 * shows it, over Node's `fetch` and over a session.
 *
 * @module
 */
import { Session } from 'isosession';
import { createKy } from 'isosession/ky';
import * as kyModule from 'ky';
import type { KyInstance } from 'ky';
import { describe, expect, test } from 'vitest';
import { show, type Stage } from '../support/side-by-side.ts';

export * from '../support/side-by-side.ts';

/** What a behaviour is shown with. */
export interface Lab extends Stage {
  /** ky itself, or ky over a session. */
  ky: KyInstance;
}

/** Shows a behaviour: what it gives, is compared. */
export type Behaviour = (lab: Lab) => unknown;

/** It has fewer options: where it fails, there is no behaviour to compare. */
const isKy1 = !('NetworkError' in kyModule);

/** Retries at once. */
export const atOnce = { delay: () => 0 };

/** Which of these waits in ms are begun while it runs; they are not waited for. */
export async function waits(ms: readonly number[], run: () => unknown): Promise<number[]> {
  const host = globalThis.setTimeout;
  const seen: number[] = [];
  globalThis.setTimeout = ((handler: () => void, wait = 0) => {
    if (!ms.includes(wait)) return host(handler, wait);
    seen.push(wait);
    return host(handler, 0);
  }) as typeof setTimeout;
  try {
    await run();
  } finally {
    globalThis.setTimeout = host;
  }
  return seen;
}

export function sideBySide(title: string, behaviours: Record<string, Behaviour>): void {
  describe(title, () => {
    test.each(Object.entries(behaviours))('%s', async (_, behaviour) => {
      const theirs = await show(behaviour, { ky: kyModule.default }, plainError);
      if (isKy1 && 'fails' in theirs) return;
      expect(theirs).toMatchObject({ gives: expect.anything() });
      await using session = new Session();
      const ours = await show(behaviour, { ky: createKy(session) }, plainError);
      expect(ours).toEqual(theirs);
    });
  });
}

/** An error of ky's as what it says, and which classes it is of. */
function plainError(error: Error): unknown {
  const { name, message, cause, data, response, code, issues } = error as Error &
    Record<string, unknown>;
  // What lies below "fetch failed" is the host's.
  const isHosts = message === 'fetch failed';
  const reason =
    cause instanceof Error && !isHosts
      ? { name: cause.name, message: cause.message }
      : isHosts || cause;
  const classes = ['HTTPError', 'TimeoutError', 'NetworkError', 'ForceRetryError', 'KyError'];
  const is = classes.filter((known) => {
    const type = (kyModule as unknown as Record<string, unknown>)[known];
    return typeof type === 'function' && error instanceof type;
  });
  return { is, name, message, reason, data, response, code: String(code), issues };
}
