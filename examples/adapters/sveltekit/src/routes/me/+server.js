/** Hands on what the backend answers the visitor. */
export const GET = ({ locals }) => locals.session.get('me');
