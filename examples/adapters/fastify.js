import { fastify } from 'fastify';
import { forwardSession, setCookieHeaders } from 'isosession/ssr';
import { api, to } from './api.js';
import { render } from './page.js';
import { serve } from './serve.js';

const app = fastify();

// A cookie of the server's own, as most have one.
app.addHook(
  'onRequest',
  async (request, reply) => void reply.header('set-cookie', 'own=1; Path=/'),
);

app.get('/', async (request, reply) => {
  const session = forwardSession(api, { node: { req: request.raw, res: reply.raw } }, { to });
  const page = await render(session);
  // Not to reply.raw: whatever else sets a cookie by reply.header() would replace them there.
  reply.header('set-cookie', setCookieHeaders(session));
  return reply.type('text/html').send(page);
});

await app.ready();
serve(app.routing);
