import { cookies, headers } from 'next/headers';
import { fetchTransport, Session } from 'isosession';
import { nextSession } from 'isosession/next';

const backend = process.env.BACKEND;

const api = new Session({ baseUrl: backend, retry: 0 });

/** The visitor's session. */
export const visitor = () => nextSession(api, { to: [backend], cookies, headers });

/** Of all visitors: React shares what it asks for within a render. */
export const shared = new Session({
  baseUrl: backend,
  retry: 0,
  transport: fetchTransport({ signal: 'given' }),
});
