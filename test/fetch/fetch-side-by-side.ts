/** What Node's `fetch` does, and what `session.fetch` does: the same, but for what is told here. */
import { Session } from 'isosession';
import { describe, expect, test } from 'vitest';
import { show, type Stage } from '../support/side-by-side.ts';

export * from '../support/side-by-side.ts';

/** What a behaviour is shown with. */
export interface Lab extends Stage {
  fetch: typeof globalThis.fetch;
}

/** Shows a behaviour: what it gives, is compared. */
export type Behaviour = (lab: Lab) => unknown;

export function sideBySide(title: string, behaviours: Record<string, Behaviour>): void {
  describe(title, () => {
    test.each(Object.entries(behaviours))('%s', async (_, behaviour) => {
      const { theirs, ours } = await bothOf(behaviour);
      expect(theirs).toMatchObject({ gives: expect.anything() });
      expect(ours).toEqual(theirs);
    });
  });
}

/** Behaviours that differ, each for the reason that docs/fetch.md gives. */
export function differences(behaviours: Record<string, Behaviour>): void {
  describe('differs, as docs/fetch.md says', () => {
    test.each(Object.entries(behaviours))('%s', async (_, behaviour) => {
      const { theirs, ours } = await bothOf(behaviour);
      expect(ours).not.toEqual(theirs);
    });
  });
}

async function bothOf(behaviour: Behaviour): Promise<{ theirs: object; ours: object }> {
  await using session = new Session({ retry: 0 });
  return {
    theirs: await show(behaviour, { fetch: globalThis.fetch }, plainError),
    ours: await show(behaviour, { fetch: session.fetch }, plainError),
  };
}

/** What every fetch says of a failure: its kind, and whether the network was at fault. */
function plainError({ name, message }: Error): unknown {
  return { name, isNetwork: /^(?:fetch failed|terminated)$/.test(message) };
}
