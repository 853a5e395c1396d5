import { expect, inject, test } from 'vitest';
import { names, namesOfCache } from './inside/returned.ts';
import { bundle, dates, withWorker } from './workerd.ts';

const all = [...names, ...namesOfCache];
await bundle('returned');

test.each([dates.latest, dates.early])(
  'with the compatibility date %s a worker answers with a response, its clone, and what was cloned',
  async (date) => {
    const url = `${inject('originA')}/t/${crypto.randomUUID()}/reply?text=whole`;
    const texts = await withWorker('returned', date, (origin) =>
      Promise.all(
        all.map(async (way) => {
          const response = await fetch(`${origin}?${new URLSearchParams({ way, url }).toString()}`);
          return [way, await response.text()];
        }),
      ),
    );
    expect(texts).toEqual(all.map((way) => [way, 'whole']));
  },
);
