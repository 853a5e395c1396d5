/**
 * One of several processes that share the tokens of a login: `renew-oauth2 <issuer> <folder>
 * <calls>`. It says that it is ready, waits for a line, makes all calls at once and says how they
 * ended.
 */
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Session } from 'isosession';
import { oauth2, type OAuth2Tokens } from 'isosession/auth';
import { fileLock } from 'isosession/node';

const [issuer = '', folder = '', calls = ''] = process.argv.slice(2);
const file = join(folder, 'tokens.json');

const api = new Session({
  baseUrl: `${issuer}/api/`,
  trustEnv: false,
  auth: oauth2({
    issuer,
    clientId: 'spa',
    redirectUri: 'http://127.0.0.1:1/callback',
    load: async () => JSON.parse(await readFile(file, 'utf8')) as OAuth2Tokens,
    async save(tokens) {
      // Whoever reads finds all of it.
      await writeFile(`${file}.${process.pid}`, JSON.stringify(tokens));
      await rename(`${file}.${process.pid}`, file);
    },
    lock: fileLock(join(folder, 'lock')),
  }),
});
await api.get('first');
console.log('ready');
await once(process.stdin, 'data');
const ended = await Promise.all(
  Array.from({ length: Number(calls) }, (_, i) =>
    api.get(`${i}`).then(({ status }) => String(status), String),
  ),
);
console.log('ended', [...new Set(ended)].join());
await api.close();
process.exit();
