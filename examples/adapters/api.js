/**
 * The session of the process, which all visitors share: connections, defaults, the server's own
 * credentials.
 */
import { Session } from 'isosession';

const { BACKEND = 'http://127.0.0.1:4000', WEATHER = 'http://127.0.0.1:4001' } = process.env;

export const api = new Session({ baseUrl: BACKEND, timeout: 5_000 });

/** The origins that may see a visitor's cookies, and set some. */
export const to = [BACKEND];

/** A third party: neither. */
export const weather = WEATHER;
