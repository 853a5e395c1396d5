import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { applySetCookies, forwardSession } from 'isosession/ssr';
import { api, to } from './api.js';
import { render } from './page.js';
import { serve } from './serve.js';

const app = new Hono();

// A cookie of the server's own, as most have one.
app.use(async (c, next) => {
  setCookie(c, 'own', '1');
  await next();
});

app.get('/', async (c) => {
  const session = forwardSession(api, c.req.raw, { to });
  const response = c.html(await render(session));
  applySetCookies(session, response);
  return response;
});

serve(getRequestListener(app.fetch));
