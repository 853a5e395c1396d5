/** Compiled to CommonJS: Jest's jsdom over what Node requires, as the docs set it up. */
import { readFileSync } from 'node:fs';
import { Session } from 'isosession';

test('a login is kept, over connections of Node', async () => {
  expect(document.cookie).toBe('');
  const session = new Session({ baseUrl: readFileSync('origin.txt', 'utf8') });
  const { connection } = await session.post('login');
  expect(connection.httpVersion).toBe('1.1');
  const { headers } = await session.get('me').json();
  expect(headers.cookie).toBe('sid=1');
  expect(document.cookie).toBe('');
  await session.close();
});
