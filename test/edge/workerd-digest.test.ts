import { describe, expect, test } from 'vitest';
import { declareDigest } from './digest.ts';
import { bundle, dates, withWorker } from './workerd.ts';

await bundle('digest');

const ask = (date: string, flags: readonly string[]) => (request: URL) =>
  withWorker(
    'digest',
    date,
    async (origin): Promise<unknown> => (await fetch(origin + request.search)).json(),
    flags,
  );

/** Since when the flag brings a global `process`. */
const since = '2024-09-23';

describe.each([dates.latest, since])('nodejs_compat, with the compatibility date %s', (date) => {
  declareDigest(ask(date, ['nodejs_compat']));
});

test.each([
  [since, []],
  [dates.early, []],
  [dates.early, ['nodejs_compat']],
])('at the compatibility date %s with the flags %j, digest is refused', async (date, flags) => {
  const answer = await ask(date, flags)(new URL('http://worker.test/?url=http://127.0.0.1:1/'));
  expect(answer).toMatch(
    /^UnsupportedError: .*nodejs_compat and a compatibility date of 2024-09-23/,
  );
});
