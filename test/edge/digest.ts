/**
 * Digest in a runtime that has Node's hashes.
 *
 * @module
 */
import { expect, test } from 'vitest';
import { type Challenged, startDigestServer } from '../auth/digest/server.ts';

const algorithms = ['MD5', 'SHA-256', 'SHA-512-256'].flatMap((name) => [name, `${name}-sess`]);
const rows = algorithms.flatMap((algorithm) =>
  ['auth', 'auth-int'].map((qop) => ({ algorithm, qop })),
);

/** Declares a test for each algorithm. `run` gives what `inside/digest.ts` answers to a request. */
export function declareDigest(run: (request: URL) => Promise<unknown>): void {
  test.each(rows)('digest answers $algorithm with $qop', async ({ algorithm, qop }) => {
    const rule: Challenged = {
      algorithms: [algorithm],
      qop,
      charset: 'UTF-8',
      user: 'Jäsøn',
      password: 'pässwörd',
    };
    const { origin, seen } = await startDigestServer({ '/': rule });
    const request = new URL('http://worker.test/');
    request.searchParams.set('url', `${origin}/x`);
    expect(await run(request)).toEqual([200, 200]);
    expect(seen.map(({ status }) => status)).toEqual([401, 200, 200]);
  });
}
