import { fastify } from 'fastify';
import { forwardSession, setCookieHeaders } from 'isosession/ssr';
import { api, to } from './session.js';

const app = fastify();
app.decorateRequest('session');
app.addHook('onRequest', async (request, reply) => {
  request.session = forwardSession(api, { node: { req: request.raw, res: reply.raw } }, { to });
});
app.addHook('onClose', () => api.close());
app.addContentTypeParser(
  'application/x-www-form-urlencoded',
  { parseAs: 'string' },
  async (request, body) => Object.fromEntries(new URLSearchParams(body)),
);

app.get('/account', async ({ session }, reply) => {
  const { name } = await session.get('account').json();
  reply.header('set-cookie', setCookieHeaders(session));
  return reply.type('text/html').send(`<p>${name}</p>`);
});

app.post('/login', async ({ session, body }, reply) => {
  await session.post('login', { form: { user: body.user } }).text();
  reply.header('set-cookie', setCookieHeaders(session));
  return reply.redirect('/account', 303);
});

console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
process.once('SIGTERM', () => app.close().then(() => console.log(api.closed && 'closed')));
