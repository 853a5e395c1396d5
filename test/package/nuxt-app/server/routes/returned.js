/** Hands on the answer of the backend, or of the app, or a clone of it. */
export default defineEventHandler(async (event) => {
  const { over, as } = getQuery(event);
  const response = await (over === 'fetch' ? own(event).get('echo') : visitor(event).get('seen'));
  return as === 'clone' ? response.clone() : response;
});
