import { applySetCookies, dehydrate, forwardSession } from 'isosession/ssr';
import { api, to } from '../../api.js';

export async function handle({ event, resolve }) {
  const session = (event.locals.session = forwardSession(api, event.request, { to }));
  const response = await resolve(event, {
    transformPageChunk: ({ html }) => html.replace('%session%', () => dehydrate(session)),
  });
  applySetCookies(session, response);
  return response;
}
