/** The page that every bundler builds: `run()` does what a page does, and needs each chunk once. */
import { Session } from 'isosession';

async function run() {
  const api = new Session({ baseUrl: '/api/' });
  await api.post('login', { form: { user: 'ann' } });
  const { cookie } = await api.get('me').json();
  const { attempts } = await api.get('busy');
  const lines = [];
  for await (const line of api.get('lines').lines()) lines.push(line);
  const reports = [];
  const { bytes } = await api
    .post('upload', {
      body: new Blob([new Uint8Array(100_000)]),
      onUploadProgress: ({ percent }) => reports.push(percent),
    })
    .json();
  const { value } = await api.cookies.get('seen');
  const { baseUrl } = await api.snapshot();
  const redirected = await elsewhere.get('https://app.test/').text();
  const percent = reports.at(-1);
  return { cookie, attempts, lines, bytes, percent, value, baseUrl, redirected };
}

/** Over a transport that leaves redirects to us. */
const elsewhere = new Session({
  transport: {
    send: async ({ url }) =>
      url.pathname === '/'
        ? new Response(null, { status: 302, headers: { location: '/there' } })
        : new Response(url.pathname),
  },
});

globalThis.run = run;

/** The message of an error, which is longer by the build for development. */
globalThis.refused = () => {
  try {
    return String(new Session({ baseURL: '/api/' }));
  } catch (error) {
    return error.message;
  }
};
