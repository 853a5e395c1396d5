import { describe, expect, test } from 'vitest';
import { type Deviation, declareTests, order, undecoded } from './contract.ts';
import type { Report } from './inside/run.ts';
import { bundle, dates, withWorker } from './workerd.ts';

const contract = order();
const inputs = await bundle('worker');

/** Runs the contract in a worker. */
function runContract(date: string): Promise<Report> {
  return withWorker('worker', date, async (origin) => {
    const response = await fetch(origin, {
      method: 'POST',
      body: JSON.stringify(contract),
      signal: AbortSignal.timeout(100_000),
    });
    return (await response.json()) as Report;
  });
}

const always: Deviation[] = [
  {
    tests: ['Node and the edge add user-agent, accept and accept-encoding'],
    because: 'workerd itself asks for no coding; the network that it stands in does',
    instead: /given combination of arguments \(undefined and string\)/,
  },
  {
    tests: [
      'x-gzip is decoded however the body is read',
      'deflate is decoded however the body is read',
      'deflate-raw is decoded however the body is read',
      'codings in a row are undone in reverse',
    ],
    because: 'workerd decodes gzip and br and no other coding',
    instead: undecoded,
  },
  {
    tests: ['FormData goes out as multipart with texts, files, names and types'],
    because: 'workerd does not turn the line feed of a name into CR LF before it escapes it',
    instead: /name="quo%22ted%0A"/,
  },
  {
    tests: [
      'a stream of 3 bytes with a content-length of 2 never comes as a whole message',
      'a stream of 3 bytes with a content-length of 4 never comes as a whole message',
    ],
    because: 'workerd sends in chunks, and ends the chunks of a stream that fails as of any other',
    instead: /It should have rejected/,
  },
];

const early: Deviation[] = [
  {
    tests: ['br is decoded however the body is read'],
    because: 'workerd decodes br since 2024-04-29',
    instead: undecoded,
  },
  {
    tests: ['what only tunes is inert where it does not exist'],
    because:
      'workerd knows the cache option since 2024-11-11; it is passed only when somebody sets it',
    instead: /^NetworkError: .*The 'cache' field on 'RequestInitializerDict' is not implemented/,
  },
  {
    tests: ['gives a Response in every sense'],
    because: 'a Response of workerd names itself since 2024-09-26',
    instead: /expected '\[object Object\]' to be '\[object Response\]'/,
  },
];

describe('with the latest compatibility date', async () => {
  declareTests(contract, await runContract(dates.latest), always);
});

describe(`with the compatibility date ${dates.early}`, async () => {
  declareTests(contract, await runContract(dates.early), [...always, ...early]);
});

test("a bundle for workerd holds the edge entry and no other platform's", () => {
  const entries = inputs
    .map((path) => /isosession\/dist\/([\w/]+)\.js$/.exec(path)?.[1])
    .filter((name) => name !== undefined && !name.startsWith('chunks/'));
  expect(entries.toSorted()).toEqual([
    'auth',
    'cookies',
    'edge',
    'inspect',
    'middleware',
    'opentelemetry',
    'ssr',
    'store',
    'testing',
  ]);
});
