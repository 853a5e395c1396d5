import { fetchTransport, Session } from 'isosession';

/** A `$fetch` gives data, where a transport must give a response. */
export default defineEventHandler(async (event) => {
  const transport = fetchTransport({ fetch: ({ url }) => event.$fetch(new URL(url).pathname) });
  const session = new Session({ baseUrl: 'http://app.test/', transport });
  return session.get('echo').then(String, ({ code, message }) => `${code} ${message}`);
});
