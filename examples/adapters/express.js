import express from 'express';
import { applySetCookies, forwardSession } from 'isosession/ssr';
import { api, to } from './api.js';
import { render } from './page.js';
import { serve } from './serve.js';

const app = express();

// A cookie of the server's own, as most have one.
app.use((req, res, next) => {
  res.cookie('own', '1');
  next();
});

app.get('/', async (req, res) => {
  const session = forwardSession(api, req, { to });
  const page = await render(session);
  applySetCookies(session, res);
  res.send(page);
});

serve(app);
