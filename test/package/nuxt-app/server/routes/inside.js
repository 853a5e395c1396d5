/** What the app is asked by itself. */
export default defineEventHandler(async (event) => {
  const session = own(event);
  const headers = { authorization: 'Bearer token' };
  const posts = [{ json: { a: 1 } }, { form: { a: '1' } }];
  return {
    get: await session.get('echo', { headers }).json(),
    posts: await Promise.all(posts.map((options) => session.post('echo', options).json())),
    cookies: await session.cookies.getAll('http://app.test/'),
  };
});
