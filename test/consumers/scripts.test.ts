import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Consumer, must, root } from '../package/consumer.ts';
import { Site } from './site.ts';
import { consumerWith, requireJs } from './tools.ts';

const site = new Site(inject('packed').folder);
let consumer: Consumer;
beforeAll(async () => {
  [consumer] = await Promise.all([consumerWith('scripts'), site.open()]);
});
afterAll(() => site.close());

const umd = 'node_modules/isosession/dist/umd/isosession.js';

/** Logs in by what is in the global of this name, and tells which cookies are sent. */
const call = `(async ({ Session }) => {
  const api = new Session({ baseUrl: '/api/' });
  await api.post('login', { form: { user: 'ann' } });
  return (await api.get('me').json()).cookie;
})`;

/** The digest of the bundle, by the command of the docs. */
async function integrity(): Promise<string> {
  const page = readFileSync(join(root, 'docs/guide/browsers.md'), 'utf8');
  const [command = ''] = /^openssl .*$/m.exec(page) ?? [];
  return `sha384-${(await must('sh', ['-c', command], consumer.path)).trim()}`;
}

test('a script tag checks the bundle by its digest, and gives it a name', async () => {
  consumer.write(
    'script.html',
    `<!doctype html><link rel="icon" href="data:," />
    <script src="${umd}" integrity="${await integrity()}"></script>`,
  );
  const { page, problems } = await site.visit('/scripts/script.html');
  expect(await page.evaluate(`${call}(isosession)`)).toBe('sid=1; seen=yes');
  expect(problems).toEqual([]);
});

test('a bundle that is another one is not run', async () => {
  const code = readFileSync(join(consumer.path, umd), 'utf8');
  consumer.write('another.js', `${code}\n`);
  consumer.write(
    'another.html',
    `<!doctype html><link rel="icon" href="data:," />
    <script src="another.js" integrity="${await integrity()}"></script>`,
  );
  const { page, problems } = await site.visit('/scripts/another.html');
  expect(await page.evaluate('typeof isosession')).toBe('undefined');
  expect(problems).toEqual([expect.stringContaining('integrity')]);
});

test('RequireJS gets it as an AMD module, and the page no global', async () => {
  copyFileSync(requireJs, join(consumer.path, 'require.js'));
  const path = umd.replace(/\.js$/, '');
  consumer.write(
    'amd.html',
    `<!doctype html><link rel="icon" href="data:," />
    <script src="require.js"></script>
    <script>
      require.config({ paths: { isosession: '${path}' } });
      loaded = new Promise((resolve, reject) => require(['isosession'], resolve, reject));
    </script>`,
  );
  const { page, problems } = await site.visit('/scripts/amd.html');
  expect(await page.evaluate(`loaded.then(${call})`)).toBe('sid=1; seen=yes');
  expect(await page.evaluate('typeof isosession')).toBe('undefined');
  expect(problems).toEqual([]);
});
