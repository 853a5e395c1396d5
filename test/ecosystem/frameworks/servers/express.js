import express from 'express';
import { applySetCookies, forwardSession } from 'isosession/ssr';
import { onError } from './on-error.js';
import { api, to } from './session.js';

const app = express();
app.use(express.urlencoded());

app.get('/account', async (req, res) => {
  const session = forwardSession(api, req, { to });
  const { name } = await session.get('account').json();
  applySetCookies(session, res);
  res.send(`<p>${name}</p>`);
});

app.post('/login', async (req, res) => {
  const session = forwardSession(api, req, { to });
  await session.post('login', { form: { user: req.body.user } }).text();
  applySetCookies(session, res);
  res.redirect(303, '/account');
});

app.get('/users/:id', async (req, res) => res.json(await api.get(`users/${req.params.id}`).json()));
app.get('/slow', async (req, res) =>
  res.json(await api.get('slow', { timeout: 50, retry: 0 }).json()),
);
app.use(onError);

const server = app.listen(0, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}`),
);
process.once('SIGTERM', () => server.close(() => api.close().then(() => console.log('closed'))));
