import { redirect } from '@sveltejs/kit';
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

/** What a `load` asks for: some of it leads to another page. */
export function handleFetch({ request, fetch }) {
  if (request.url.endsWith('/hours/sunday')) redirect(303, '/hours');
  return fetch(request);
}
