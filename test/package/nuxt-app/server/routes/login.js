import { applySetCookies } from 'isosession/ssr';

/** Logs in to the backend, in the visitor's name. */
export default defineEventHandler(async (event) => {
  setCookie(event, 'own', '1');
  const session = visitor(event);
  await session.post('login', { form: { user: 'ann' } }).text();
  applySetCookies(session, event);
  return session.get('seen').text();
});
