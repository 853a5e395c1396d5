/** Says what it was sent. */
export default defineEventHandler(async (event) => {
  setCookie(event, 'echoed', '1');
  const body = event.method === 'GET' ? '' : await readRawBody(event);
  return { method: event.method, headers: getRequestHeaders(event), body };
});
