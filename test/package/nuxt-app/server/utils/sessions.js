import { fetchTransport, Session } from 'isosession';
import { forwardSession } from 'isosession/ssr';

const backend = process.env.BACKEND;

const api = new Session({ baseUrl: backend, retry: 0 });

/** The visitor's session. */
export const visitor = (event) => forwardSession(api, event, { to: [backend] });

/** Calls routes of this app, without the network, in the name of whoever asks. */
export const own = (event) =>
  new Session({
    baseUrl: 'http://app.test/',
    retry: 0,
    transport: fetchTransport({
      fetch: ({ url }, init) => event.fetch(new URL(url).pathname, init),
    }),
  });
