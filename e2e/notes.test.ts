import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Notes, startNotes } from '../examples/notes/main.ts';
import { findChromium, launchArguments } from '../test/support/chromium.mjs';

const serviceKey = 'cAnArY-of-the-page-server';
let browser: Browser;
let notes: Notes;

beforeAll(async () => {
  const executablePath = findChromium();
  [browser, notes] = await Promise.all([
    chromium.launch({ args: launchArguments, ...(executablePath && { executablePath }) }),
    startNotes({ serviceKey }),
  ]);
});

afterAll(async () => {
  await browser.close();
  await notes.close();
});

beforeEach(() => void (notes.api.calls.length = 0));

/** Calls that the API has seen from one side, as `POST /token 200`. */
const seen = (by: 'browser' | 'page server', { api } = notes): string[] =>
  api.calls
    .filter((call) => call.by === by)
    .map(({ method, path, status }) => `${method} ${path} ${status}`);

async function openPage(
  options: BrowserContextOptions = {},
  { origin } = notes,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  // What its policy forbids is an error of the page, too.
  page.on(
    'console',
    (message) =>
      message.text().includes('Content Security Policy') && problems.push(message.text()),
  );
  onTestFinished(async () => {
    await context.close();
    expect(problems).toEqual([]);
  });
  await page.goto(origin);
  return { context, page };
}

async function logIn(page: Page, name: string, password = 'notes'): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function openNotebook(
  name: string,
  options: BrowserContextOptions = {},
  app = notes,
): Promise<{ context: BrowserContext; page: Page }> {
  const opened = await openPage(options, app);
  await logIn(opened.page, name);
  await opened.page.getByRole('heading', { name: 'New note' }).waitFor();
  return opened;
}

const list = (page: Page) => page.getByRole('main').getByRole('listitem');
const log = (page: Page) => page.getByRole('log').locator('tbody tr');

/** The cells of the log, newest first, without the times. */
const logged = async (page: Page): Promise<string[]> =>
  await log(page).evaluateAll((rows) =>
    rows.map((row) =>
      [...row.children]
        .slice(0, 3)
        .map(({ textContent }) => textContent)
        .join(' '),
    ),
  );

async function tokensOf(context: BrowserContext): Promise<Record<string, string>> {
  return Object.fromEntries((await context.cookies()).map(({ name, value }) => [name, value]));
}

test('A visitor logs in, reads, adds a note and logs out', async () => {
  const { context, page } = await openPage();
  await logIn(page, 'ann', 'wrong');
  await expect
    .poll(() => page.getByRole('alert').textContent())
    .toBe('The name or the password is wrong.');
  await logIn(page, 'ann');
  await expect.poll(() => list(page).count()).toBe(2);
  expect(await list(page).nth(1).textContent()).toContain(
    '<script>alert("notes are text")</script>',
  );

  await page.getByLabel('Text of the note').fill('Buy <b>lemons</b>');
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect.poll(() => list(page).first().textContent()).toContain('Buy <b>lemons</b>');
  await page.reload();
  expect(await list(page).first().textContent()).toContain('Buy <b>lemons</b>');

  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(Object.keys(await tokensOf(context))).toEqual(['XSRF-TOKEN']);
  await page.reload();
  expect(await page.getByRole('heading', { name: 'Log in' }).isVisible()).toBe(true);
});

test('The first paint repeats no call of the render; the next calls go to the API', async () => {
  const { page } = await openNotebook('bea');
  notes.api.calls.length = 0;
  await page.reload();
  await page.getByText('hidden, checked').first().waitFor();
  expect(seen('page server')).toEqual(['GET /session 200', 'GET /notes 200']);
  expect(await logged(page)).toEqual([
    'GET /notes from the page 0',
    'GET /session from the page 0',
  ]);
  await page.getByRole('button', { name: 'Slow call' }).click();
  await expect.poll(() => logged(page), { timeout: 10_000 }).toContain('GET /slow 200 1');
  expect(seen('browser')).toEqual(['GET /slow 200']);
});

test('Without a script the notes can be read, and the forms work', async () => {
  const { page } = await openPage({ javaScriptEnabled: false });
  await logIn(page, 'cem', 'wrong');
  expect(await page.getByRole('alert').first().textContent()).toBe(
    'The name or the password is wrong.',
  );
  await logIn(page, 'cem');
  expect(await list(page).count()).toBe(2);
  expect(new URL(page.url()).pathname).toBe('/');
  await page.getByLabel('Text of the note').fill('Written without a script');
  await page.getByRole('button', { name: 'Add note' }).click();
  expect(await list(page).first().textContent()).toContain('Written without a script');
  await page.getByLabel('Text of the note').fill(' ');
  await page.getByRole('button', { name: 'Add note' }).click();
  expect(await page.getByRole('alert').textContent()).toBe('A note needs a text.');
  expect(await page.getByRole('log').isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Log out' }).click();
  expect(await page.getByRole('heading', { name: 'Log in' }).isVisible()).toBe(true);
  expect(seen('browser')).toEqual([]);
});

test('A form of another site acts for nobody', async () => {
  const { context } = await openNotebook('dora');
  for (const path of ['/login', '/logout', '/notes']) {
    const response = await context.request.post(notes.origin + path, {
      headers: { origin: 'http://evil.example' },
      form: { name: 'eve', password: 'notes', text: 'evil' },
    });
    expect(response.status()).toBe(403);
  }
  const bare = await context.request.post(`${notes.api.origin}/notes`, { data: { text: 'evil' } });
  expect(bare.status()).toBe(403);
});

test('A path that is no URL is a page that does not exist', async () => {
  const { status } = await fetch(`${notes.origin}//`);
  expect(status).toBe(404);
});

test('What is no form of the app is refused, and the API goes on', async () => {
  const { context } = await openNotebook('noa');
  const { 'XSRF-TOKEN': token = '' } = await tokensOf(context);
  const headers = { 'content-type': 'application/json', 'x-xsrf-token': token };
  for (const data of [
    'nope',
    'null',
    '{"__proto__":{"text":"evil"}}',
    JSON.stringify({ text: 'x'.repeat(100_000) }),
  ]) {
    expect(
      (await context.request.post(`${notes.api.origin}/notes`, { headers, data })).status(),
    ).toBe(422);
    expect(
      (await context.request.post(`${notes.api.origin}/login`, { headers, data })).status(),
    ).toBe(401);
  }
});

test('An upload shows its progress and becomes a note; a cancelled one does not', async () => {
  const { page } = await openNotebook('eli');
  const file = {
    name: 'summer.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.alloc(9 * 1024 * 1024),
  };
  const choose = () => page.getByLabel('Upload a file').setInputFiles(file);
  const bar = page.getByRole('progressbar', { name: 'Uploading summer.jpg, 9.0 MiB' });
  const between = () =>
    expect
      .poll(() => bar.evaluate((element) => (element as HTMLProgressElement).value), {
        interval: 20,
      })
      .toSatisfy((value: number) => value > 0 && value < 100);
  await choose();
  await between();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await bar.waitFor({ state: 'hidden' });
  expect(await list(page).count()).toBe(2);
  await choose();
  await between();
  await expect
    .poll(() => list(page).first().textContent(), { timeout: 20_000 })
    .toContain('summer.jpg 9.0 MiB');
  expect(await bar.isVisible()).toBe(false);
});

test('Five calls with an expired token renew once, and so does the render', async () => {
  const { context, page } = await openNotebook('fay');
  notes.api.calls.length = 0;
  await page.getByRole('button', { name: 'Expired token' }).click();
  await expect
    .poll(() =>
      logged(page).then((rows) => rows.filter((row) => row === 'GET /notes 200 1').length),
    )
    .toBe(6);
  expect(seen('browser').filter((call) => call.startsWith('POST'))).toEqual([
    'POST /expire 200',
    'POST /token 200',
  ]);

  const before = await tokensOf(context);
  await context.clearCookies({ name: 'access' });
  notes.api.calls.length = 0;
  await page.reload();
  await page.getByText('hidden, checked').first().waitFor();
  expect(seen('page server')).toEqual([
    'GET /session 401',
    'POST /token 200',
    'GET /session 200',
    'GET /notes 200',
  ]);
  expect(seen('browser')).toEqual([]);
  const after = await tokensOf(context);
  expect(after['refresh']).not.toBe(before['refresh']);
  expect(after['access']).toBeTruthy();
});

test('Two pages that are opened at once with an expired token are both rendered', async () => {
  const { context } = await openNotebook('gus');
  await context.clearCookies({ name: 'access' });
  const { refresh = '' } = await tokensOf(context);
  const pages = await Promise.all(
    [1, 2].map(async () =>
      (await fetch(notes.origin, { headers: { cookie: `refresh=${refresh}` } })).text(),
    ),
  );
  for (const text of pages) expect(text).toContain('<h2 id="new-title">New note</h2>');
});

test('A refresh token that comes back ends the login, which the page shows', async () => {
  const strict = await startNotes({ grace: 0 });
  onTestFinished(() => strict.close());
  const { context, page } = await openNotebook('gil', {}, strict);
  const stolen = await tokensOf(context);
  const renew = () =>
    fetch(`${strict.api.origin}/token`, {
      method: 'POST',
      headers: {
        cookie: `refresh=${stolen['refresh']}; XSRF-TOKEN=${stolen['XSRF-TOKEN']}`,
        'x-xsrf-token': stolen['XSRF-TOKEN'] ?? '',
      },
    });
  expect((await renew()).status).toBe(200);
  expect((await renew()).status).toBe(401);
  await page.getByRole('button', { name: 'Slow call' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
});

test('A busy server is asked again after the time that it names', async () => {
  const { page } = await openNotebook('hao');
  await page.getByRole('button', { name: 'Busy server' }).click();
  await page.getByText('503, try 2 in 1.0 s').waitFor();
  await expect.poll(() => logged(page), { timeout: 10_000 }).toContain('GET /flaky 200 3');
  expect(seen('browser').slice(-3)).toEqual(['GET /flaky 503', 'GET /flaky 503', 'GET /flaky 200']);
});

test('No token, cookie or key of the server is in the HTML or in reach of a script', async () => {
  const { context, page } = await openNotebook('ivo');
  await context.clearCookies({ name: 'access' });
  const before = await tokensOf(context);
  const response = await page.reload();
  const html = (await response?.text()) ?? '';
  const after = await tokensOf(context);
  const secrets = [
    before['refresh'],
    after['access'],
    after['refresh'],
    after['XSRF-TOKEN'],
    serviceKey,
  ] as string[];
  expect(new Set(secrets).size).toBe(5);
  expect(html).toContain('ivo');
  for (const secret of secrets) expect(html).not.toContain(secret);
  expect(html).not.toMatch(/set-cookie:|"set-cookie"|x-service-key|<script>alert/i);
  expect(await page.evaluate('document.cookie')).toBe(`XSRF-TOKEN=${after['XSRF-TOKEN']}`);
  expect(await page.getByText('hidden, checked').count()).toBe(2);
});

test('Its start file builds it, serves it and prints the address', async () => {
  const child = execFile(process.execPath, [
    fileURLToPath(new URL('../examples/notes/start.mjs', import.meta.url)),
  ]);
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  let text = '';
  for await (const chunk of child.stdout?.setEncoding('utf8') ?? [])
    if ((text += chunk as string).includes('Ctrl-C')) break;
  const origin = /^Notes: (\S+)$/m.exec(text)?.[1] ?? '';
  expect(await (await fetch(origin)).text()).toContain('<h2 id="login-title">Log in</h2>');
});
