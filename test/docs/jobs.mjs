// @ts-check
/**
 * What a new user comes for: found by one query, and done by one sample, which is the first one of
 * its page.
 *
 * @type {readonly {job: string, query: string, page: string}[]}
 */
export const jobs = [
  { job: 'Log in and scrape', query: 'log in and scrape', page: 'recipes/scrape' },
  { job: 'Download with progress', query: 'download progress bar', page: 'recipes/progress' },
  { job: 'Upload from disk', query: 'upload file from disk', page: 'recipes/upload' },
  { job: 'Save a session and go on', query: 'save session', page: 'recipes/save' },
  { job: 'Cookies to curl', query: 'cookies curl', page: 'recipes/curl' },
  { job: 'A single-page app with refresh', query: 'single page app token', page: 'start/spa' },
  { job: 'Rendering in Next.js', query: 'next.js', page: 'next' },
  { job: 'An SDK with tests', query: 'sdk', page: 'start/sdk' },
  { job: 'OAuth', query: 'oauth', page: 'recipes/oauth' },
  { job: 'Migrate an axios client', query: 'migrate axios', page: 'migrate/axios' },
];
