import { fetchTransport, Session } from 'isosession';

// As docs/next.md has it.
export { visitor } from './visitor.js';

/** Of all visitors: React shares what it asks for within a render. */
export const shared = new Session({
  baseUrl: process.env.BACKEND,
  retry: 0,
  transport: fetchTransport({ signal: 'given' }),
});
