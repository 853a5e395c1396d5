/** Logins that go between a session, Playwright's `request` and a browser. */
import { fromStorageState, toStorageState } from 'isosession/cookies';
import { Session } from 'isosession';
import { chromium, request } from 'playwright';
import { expect, onTestFinished, test } from 'vitest';
import { launchArguments, requireChromium } from '../support/chromium.mjs';
import { logIn, start } from './api.ts';

/** A site that shows the cookies that it was sent. */
const startSite = () =>
  start(({ request, response }) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<p>${request.headers.cookie ?? '-'}</p>`),
  );

test("Playwright's request is logged in as the session is, and the other way round", async () => {
  const api = await startSite();
  await logIn(api);
  const storageState = toStorageState(await api.session.cookies.export());
  const context = await request.newContext({ baseURL: api.server.origin, storageState });
  onTestFinished(() => context.dispose());
  expect(await (await context.get('/me')).text()).toBe('<p>sid=1</p>');

  const fresh = await request.newContext({ baseURL: api.server.origin });
  onTestFinished(() => fresh.dispose());
  await fresh.post('/login');
  await using other = new Session({ baseUrl: api.server.origin });
  await other.cookies.import(fromStorageState(await fresh.storageState()));
  expect(await other.get('me').text()).toBe('<p>sid=1</p>');
});

test('a page is logged in as the session is, and a session as the page', async () => {
  const api = await startSite();
  await logIn(api);
  const browser = await chromium.launch({
    executablePath: requireChromium(),
    args: launchArguments,
  });
  onTestFinished(() => browser.close());
  const storageState = toStorageState(await api.session.cookies.export());
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  await page.goto(`${api.server.origin}/me`);
  expect(await page.textContent('p')).toBe('sid=1');
  expect(await page.evaluate('document.cookie')).toBe('');

  await page.evaluate("document.cookie = 'theme=dark; path=/'");
  await using other = new Session({ baseUrl: api.server.origin });
  await other.cookies.import(fromStorageState(await context.storageState()));
  expect(await other.get('me').text()).toBe('<p>sid=1; theme=dark</p>');
});

test('a cookie comes back from Playwright as it was, HttpOnly and expiry with it', async () => {
  const api = await startSite();
  await api.session.cookies.set('a=1; Path=/; Max-Age=1000; HttpOnly; SameSite=Strict');
  const storageState = toStorageState(await api.session.cookies.export());
  const context = await request.newContext({ storageState });
  onTestFinished(() => context.dispose());
  const [cookie] = fromStorageState(await context.storageState());
  const [own] = await api.session.cookies.export();
  expect({ ...cookie, expires: Math.round((cookie?.expires ?? 0) / 1000) }).toEqual({
    ...own,
    expires: Math.round((own?.expires ?? 0) / 1000),
  });
});
