import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { fetchTransport } from 'isosession';
import { applySetCookies, forwardSession } from 'isosession/ssr';
import { api, to } from './session.js';

const app = new Hono();

app.get('/account', async (c) => {
  const session = forwardSession(api, c.req.raw, { to });
  const { name } = await session.get('account').json();
  const response = c.html(`<p>${name}</p>`);
  applySetCookies(session, response);
  return response;
});

app.post('/login', async (c) => {
  const session = forwardSession(api, c.req.raw, { to });
  const { user } = await c.req.parseBody();
  await session.post('login', { form: { user } }).text();
  const response = c.redirect('/account', 303);
  applySetCookies(session, response);
  return response;
});

// Its own routes, without the network: a login and what it leads to.
const own = api
  .extend({ baseUrl: 'https://app.internal/', cookies: 'new' })
  .mount('https://app.internal', fetchTransport({ fetch: app.fetch }));
app.get('/inside', async (c) => {
  const response = await own.post('login', { form: { user: 'inside' } });
  return c.json([response.url, await response.text()]);
});

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
process.once('SIGTERM', () => server.close(() => api.close().then(() => console.log('closed'))));
