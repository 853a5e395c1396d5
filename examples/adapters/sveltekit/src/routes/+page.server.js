import { load as loadPage } from '../../../page.js';

export function load({ cookies, locals }) {
  // A cookie of the server's own, as most have one.
  cookies.set('own', '1', { path: '/' });
  return loadPage(locals.session);
}
