/**
 * The tests of the contract that fail in a browser for a known reason. Such a test must fail, and
 * with the error of its row. This is a set-up file of Vitest, which runs before every test file.
 *
 * @module
 */
import { getTests } from '@vitest/runner/utils';
import { beforeAll, beforeEach, inject } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why it is known to fail. */
    notHere?: string;
  }
}

interface Deviation {
  /** The file's path in `test/contract`, without `.contract.ts`. */
  file: string;
  /** The end of the test's name. */
  test: string;
  /** Why it is so, and why the library leaves it. */
  because: string;
  /** What the failure must say: what happens instead. */
  instead: RegExp;
}

const deviations: Record<'firefox' | 'webkit', Deviation[]> = {
  firefox: [
    {
      file: 'session/fetch',
      test: 'an abort after redirects ends what is on the wire',
      because:
        "The call ends, as does one of Firefox's own fetch, but its connection stays open until " +
        'the response has come.',
      instead: /Test timed out/,
    },
    {
      file: 'session/fetch',
      test: "a Request's body above 1 MiB goes once",
      because: 'A Request has no stream there: its body is held whole in any case, and sent again.',
      instead: /to have a length of 1 but got 3/,
    },
  ],
  webkit: [
    {
      file: 'errors/failures',
      test: 'a body cut short (chunked) is a NetworkError, and never a success',
      because:
        'WebKitGTK takes a connection that closes amid chunks for the end of the body, and ' +
        'tells a script nothing.',
      instead: /It should have rejected/,
    },
    {
      file: 'request/search-params',
      test: 'the query of the URL is kept byte for byte',
      because: 'WebKitGTK, unlike its own URL, undoes needless escapes as it sends.',
      instead: /\?b=~~\+%20/,
    },
    {
      file: 'redirects/methods-and-bodies',
      test: '399 is no redirect, whatever its Location',
      because: 'WebKitGTK follows it.',
      instead: /\[ 200, true \] to deeply equal \[ 399, false \]/,
    },
    {
      file: 'redirects/locations',
      test: 'a Location in UTF-8 is followed',
      because: "WebKitGTK reads it as Latin-1, and redirects are a browser's own.",
      instead: /to be 'http/,
    },
  ],
};

const browser = inject('deviant');
const rows = browser ? deviations[browser] : [];
const isOf = (row: Deviation, file: string) => file.endsWith(`/contract/${row.file}.contract.ts`);

beforeAll(({}, suite) => {
  const names = getTests(suite).map(({ name }) => name);
  const stale = rows.filter(
    (row) => isOf(row, suite.file.filepath) && !names.some((name) => name.endsWith(row.test)),
  );
  if (stale.length > 0) {
    const names = stale.map((row) => row.test).join(', ');
    throw new Error(`test/browsers/deviations.ts names what is no test: ${names}`);
  }
});

beforeEach(({ task, onTestFinished }) => {
  const row = rows.find(
    (candidate) => isOf(candidate, task.file.filepath) && task.name.endsWith(candidate.test),
  );
  if (!row) return;
  task.meta.notHere = row.because;
  onTestFinished(() => {
    const errors = task.result?.errors ?? [];
    if (errors.length === 0)
      throw new Error(`It passes in ${browser}: take it out of test/browsers/deviations.ts.`);
    // Any other error stays a failure.
    Object.assign(task, { fails: errors.every(({ message }) => row.instead.test(message)) });
  });
});
