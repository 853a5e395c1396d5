/** Mocks of the network answer every session, in a test environment as in a plain program. */
import { readFileSync } from 'node:fs';
import { check as checkMsw } from './msw.mjs';
import { check as checkNock } from './nock.mjs';

const origin = readFileSync('origin.txt', 'utf8');

/** They load much. */
const timeout = 60_000;

test('MSW answers every session, until it is told not to', () => checkMsw('msw', origin), timeout);

test(
  'nock answers every session, until it is told not to',
  () => {
    // The fetch of happy-dom takes cookies for its own affair, as a browser's does.
    const shown = 'happyDOM' in globalThis ? '' : 'sid=1';
    return checkNock('nock', origin, shown);
  },
  timeout,
);
