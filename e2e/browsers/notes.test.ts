import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Notes, startNotes } from '../../examples/notes/main.ts';
import type { BrowserPage, PageBrowserOptions } from './browser-page.ts';
import { otherBrowsers } from './browsers.ts';

const serviceKey = 'cAnArY-of-the-page-server';
let notes: Notes;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isosession-notes-'));
  file = join(folder, 'summer.jpg');
  await writeFile(file, Buffer.alloc(9 * 1024 * 1024));
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(() => void (notes.api.calls.length = 0));

/** Calls that the API has seen from one side, as `POST /token 200`. */
const seen = (by: 'browser' | 'page server'): string[] =>
  notes.api.calls
    .filter((call) => call.by === by)
    .map(({ method, path, status }) => `${method} ${path} ${status}`);

const heading = (page: BrowserPage) =>
  page.evaluate<string>('document.querySelector("main h2").textContent');
const texts = (page: BrowserPage, selector: string) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})]
      .map(({ textContent }) => textContent)`,
  );
const alert = (page: BrowserPage) =>
  page.evaluate<string>('document.querySelector("main [role=alert]").textContent');
const listed = (page: BrowserPage) => texts(page, 'main li');
/** The rows of the log, newest first, without the times. */
const logged = (page: BrowserPage) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll('[role=log] tbody tr')].map((row) =>
      [...row.children].slice(0, 3).map(({ textContent }) => textContent).join(' '),
    )`,
  );
/** What the page has found hidden: that is its last step after it has taken over. */
const checked = async (page: BrowserPage) =>
  (await texts(page, '[data-part=hidden] .tag')).filter((text) => text === 'hidden, checked')
    .length;

async function logIn(page: BrowserPage, name: string, password = 'notes'): Promise<void> {
  await page.fill('[name=name]', name);
  await page.fill('[name=password]', password);
  await page.click('[data-action=login] button');
}

describe.each(otherBrowsers)('the notes app in %s', (_, start) => {
  beforeAll(async () => void (notes = await startNotes({ serviceKey })));
  afterAll(() => notes.close());

  /** Opens the app, in a browser that ends with the test. */
  async function openNotes(options?: PageBrowserOptions): Promise<BrowserPage> {
    const browser = await start(options);
    onTestFinished(() => browser.close());
    const page = await browser.openPage();
    onTestFinished(async () => {
      await page.close();
      expect(page.problems).toEqual([]);
    });
    await page.goto(notes.origin);
    return page;
  }

  test('a visitor logs in, reads, adds a note, uploads a file and logs out', async () => {
    const page = await openNotes();
    await logIn(page, 'ann', 'wrong');
    await expect.poll(() => alert(page)).toBe('The name or the password is wrong.');
    await logIn(page, 'ann');
    await expect.poll(() => heading(page)).toBe('New note');
    expect((await listed(page))[1]).toContain('<script>alert("notes are text")</script>');

    await page.fill('[name=text]', 'Buy <b>lemons</b>');
    await page.click('[data-action=add] button');
    await expect.poll(() => listed(page)).toHaveLength(3);
    expect((await listed(page))[0]).toContain('Buy <b>lemons</b>');

    await page.chooseFile('[name=file]', file);
    await expect
      .poll(() => page.evaluate<number>('document.querySelector("progress").value'), {
        interval: 20,
      })
      .toSatisfy((value: number) => value > 0 && value < 100);
    expect(
      await page.evaluate('document.querySelector("[data-part=upload] label").textContent'),
    ).toBe('Uploading summer.jpg, 9.0 MiB');
    await expect.poll(() => listed(page)).toHaveLength(4);
    expect((await listed(page))[0]).toContain('summer.jpg 9.0 MiB');
    expect(await page.evaluate('document.querySelector("[data-part=upload]").hidden')).toBe(true);

    await page.click('[data-action=logout] button');
    await expect.poll(() => heading(page)).toBe('Log in');
    expect((await page.cookies()).map(({ name }) => name)).toEqual(['XSRF-TOKEN']);
    expect(seen('browser')).toEqual([
      'POST /login 401',
      'POST /login 200',
      'GET /session 200',
      'GET /notes 200',
      'POST /notes 201',
      'POST /files 201',
      'POST /logout 200',
      'GET /session 200',
    ]);
  });

  test('the first paint repeats no call, the log has the next, no token is in reach', async () => {
    const page = await openNotes();
    await logIn(page, 'bea');
    await expect.poll(() => checked(page)).toBe(2);
    notes.api.calls.length = 0;
    await page.goto(notes.origin);
    await expect.poll(() => checked(page)).toBe(2);
    expect(seen('page server')).toEqual(['GET /session 200', 'GET /notes 200']);
    expect(await logged(page)).toEqual([
      'GET /notes from the page 0',
      'GET /session from the page 0',
    ]);

    await page.click('[data-action=slow]');
    await expect.poll(async () => (await logged(page))[0]).toBe('GET /slow … ');
    await expect.poll(async () => (await logged(page))[0]).toBe('GET /slow 200 1');
    await page.click('[data-action=expire]');
    await expect
      .poll(async () => (await logged(page)).filter((row) => row === 'GET /notes 200 1'))
      .toHaveLength(5);
    expect(seen('browser').filter((call) => call.startsWith('POST'))).toEqual([
      'POST /expire 200',
      'POST /token 200',
    ]);

    const cookies = await page.cookies();
    expect(
      cookies
        .filter(({ httpOnly }) => httpOnly)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['access', 'refresh']);
    const csrf = cookies.find(({ name }) => name === 'XSRF-TOKEN')?.value;
    expect(await page.evaluate('document.cookie')).toBe(`XSRF-TOKEN=${csrf}`);
    const html = await (
      await fetch(notes.origin, {
        headers: { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
      })
    ).text();
    expect(html).toContain('bea');
    for (const secret of [serviceKey, ...cookies.map(({ value }) => value)])
      expect(html).not.toContain(secret);
  });

  test('without a script the notes can be read, and the forms work', async () => {
    const page = await openNotes({ scripts: false });
    await logIn(page, 'cem', 'wrong');
    await expect.poll(() => alert(page)).toBe('The name or the password is wrong.');
    await logIn(page, 'cem');
    await expect.poll(() => listed(page)).toHaveLength(2);
    await page.fill('[name=text]', 'Written without a script');
    await page.click('[data-action=add] button');
    await expect.poll(() => listed(page)).toHaveLength(3);
    expect((await listed(page))[0]).toContain('Written without a script');
    expect(
      await page.evaluate(
        'getComputedStyle(document.querySelector("[role=log]").closest("section")).display',
      ),
    ).toBe('none');
    await page.click('[data-action=logout] button');
    await expect.poll(() => heading(page)).toBe('Log in');
    expect(seen('browser')).toEqual([]);
  });
});
