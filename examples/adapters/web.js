import { getRequestListener } from '@hono/node-server';
import { applySetCookies, forwardSession } from 'isosession/ssr';
import { api, to } from './api.js';
import { render } from './page.js';
import { serve } from './serve.js';

/** As Deno, Bun and edge runtimes take it; in Node something has to make requests of Node's. */
export async function handle(request) {
  const session = forwardSession(api, request, { to });
  const headers = { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'own=1; Path=/' };
  const response = new Response(await render(session), { headers });
  applySetCookies(session, response);
  return response;
}

serve(getRequestListener(handle));
