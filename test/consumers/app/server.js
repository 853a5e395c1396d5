/** The program that every tool builds for Node: it logs in, and says which cookies are sent. */
import { createServer } from 'node:http';
import { Session } from 'isosession';

const server = createServer(({ url, headers }, response) => {
  if (url === '/login') response.setHeader('set-cookie', 'sid=1');
  response.end(JSON.stringify(headers.cookie ?? null));
});

async function call() {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const session = new Session({ baseUrl: origin });
  await session.post('login', { form: { user: 'ann' } });
  // The jar is tough-cookie's.
  await session.cookies.jar.setCookie('theme=dark', origin);
  console.log(await session.get('me').json());
  await session.close();
  server.close();
}

server.listen(0, '127.0.0.1', () => void call());
