import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CookieRecord, Session } from 'isosession';
import { fromNetscape, fromStorageState, toNetscape, toStorageState } from 'isosession/cookies';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium } from '../../browsers/chromium.ts';
import { findChromium } from '../../support/chromium.mjs';
import { missing } from '../../support/real-servers.mjs';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const run = promisify(execFile);

/** Cookies of one host, as a server of this machine may set them. */
const records: CookieRecord[] = Array.from({ length: 120 }, (_, i) => ({
  name: `c${i}`,
  value: ['v', '"q"', 'a=b', 'a b', '', '%20'][i % 6] as string,
  domain: 'localhost',
  path: '/',
  expires: i % 3 === 0 ? null : Math.floor(Date.now() / 1000) * 1000 + 86_400_000,
  secure: false,
  httpOnly: i % 2 === 0,
  hostOnly: true,
}));

let origin = '';
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const server = createServer((request, response) => answer(request, response));
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

const pairs = (cookies: readonly CookieRecord[]) =>
  cookies.map(({ name, value }) => `${name}=${value}`).sort();
const sentBy = (header = '') => header.split('; ').sort();

function temporaryFile(text: string): string {
  const path = join(temporaryFolder(), 'cookies.txt');
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** Lets a program make a call with a cookie file; answers the `cookie` header that it sent. */
async function call(
  program: string,
  args: (file: string) => string[],
  cookies: readonly CookieRecord[],
  setCookie: string[] = [],
): Promise<{ sent: string | undefined; written: CookieRecord[] }> {
  let sent: string | undefined;
  answer = (request, response) => {
    sent = request.headers.cookie;
    // For yt-dlp, which looks for nothing but films.
    response.writeHead(200, { 'set-cookie': setCookie, 'content-type': 'video/mp4' }).end();
  };
  const file = temporaryFile(toNetscape(cookies));
  await run(program, args(file), { env: { ...process.env, no_proxy: '*' } });
  return { sent, written: fromNetscape(readFileSync(file, 'utf8')) };
}

const withSet = ['new=1; Max-Age=3600; HttpOnly', 'session=2; Path=/'];
const ofServer = [
  { name: 'new', value: '1', httpOnly: true },
  { name: 'session', value: '2', httpOnly: false, expires: null },
];

describe('a cookie file', () => {
  it.skipIf(missing('curl'))('is read by curl, and its own is read', async () => {
    const { sent, written } = await call(
      'curl',
      (file) => ['-sS', '-o', '/dev/null', '-b', file, '-c', file, origin],
      records,
      withSet,
    );
    expect(sentBy(sent)).toEqual(pairs(records));
    const byName = new Map(written.map((record) => [record.name, record]));
    for (const record of records) expect(byName.get(record.name)).toEqual(record);
    for (const record of ofServer) expect(byName.get(record.name)).toMatchObject(record);
    expect(written).toHaveLength(122);
  });

  it.skipIf(missing('wget'))('is read by wget, and its own is read', async () => {
    // It takes HttpOnly cookies for comments, and knows none without a value.
    const known = records.filter(({ httpOnly, value }) => !httpOnly && value !== '');
    const { sent, written } = await call(
      'wget',
      (file) => [
        '-q',
        '-O',
        '/dev/null',
        '--keep-session-cookies',
        `--load-cookies=${file}`,
        `--save-cookies=${file}`,
        origin,
      ],
      known,
      withSet,
    );
    expect(sentBy(sent)).toEqual(pairs(known));
    const byName = new Map(written.map((record) => [record.name, record]));
    for (const record of known) expect(byName.get(record.name)).toEqual(record);
    expect(byName.get('session')).toMatchObject({ value: '2', expires: null });
  });

  it.skipIf(missing('yt-dlp'))(
    'is read by yt-dlp, and its own is read',
    { timeout: 60_000 },
    async () => {
      // Python takes a host without a dot for one of `.local`.
      const domain = '127.0.0.1';
      const url = origin.replace('localhost', domain);
      const known = records.map((record) => ({ ...record, domain }));
      const { sent, written } = await call(
        'yt-dlp',
        (file) => ['--ignore-config', '--quiet', '--simulate', '--cookies', file, url],
        known,
        withSet,
      );
      expect(sentBy(sent)).toEqual(pairs(records));
      const byName = new Map(written.map((record) => [record.name, record]));
      // It writes no mark of HttpOnly.
      for (const record of [...known, ...ofServer])
        expect(byName.get(record.name)).toMatchObject({ ...record, httpOnly: false });
      expect(written).toHaveLength(122);
    },
  );

  it.skipIf(missing('python'))("is read by Python's http.cookiejar", async () => {
    const file = temporaryFile(toNetscape(records));
    const program = [
      'import http.cookiejar, sys, json',
      'jar = http.cookiejar.MozillaCookieJar(sys.argv[1])',
      'jar.load(ignore_discard=True, ignore_expires=True)',
      'jar.save(ignore_discard=True, ignore_expires=True)',
      'print(json.dumps([[c.name, c.value or ""] for c in jar]))',
    ].join('\n');
    const { stdout } = await run('python3', ['-c', program, file]);
    const found = JSON.parse(stdout) as [string, string][];
    expect(found.map(([name, value]) => `${name}=${value}`).sort()).toEqual(pairs(records));
    expect(fromNetscape(readFileSync(file, 'utf8'))).toHaveLength(120);
  });
});

const executablePath = findChromium();

describe('a storage state', () => {
  it.skipIf(executablePath === undefined)(
    'goes into Chromium by Playwright, and back into a session',
    { timeout: 60_000 },
    async () => {
      answer = (request, response) => {
        response.writeHead(200, { 'set-cookie': withSet }).end(request.headers.cookie);
      };
      const partitioned: CookieRecord = {
        name: 'p',
        value: '1',
        domain: 'localhost',
        path: '/',
        expires: null,
        secure: true,
        sameSite: 'none',
        httpOnly: true,
        hostOnly: true,
        partitioned: true,
        partitionKey: 'http://localhost',
      };
      const browser = await launchChromium();
      onTestFinished(() => browser.close());
      const context = await browser.newContext({
        storageState: toStorageState(records),
      });
      await context.addCookies(toStorageState([partitioned]).cookies);
      const page = await context.newPage();
      const response = await page.goto(origin);
      const sent = sentBy((await response?.text()) ?? '');
      expect(sent.filter((pair) => pair !== 'p=1')).toEqual(pairs(records));

      const back = fromStorageState(await context.storageState());
      const byName = new Map(back.map((record) => [record.name, record]));
      for (const record of records)
        // Chromium says Lax where nobody has said anything.
        expect(byName.get(record.name)).toEqual({ ...record, sameSite: 'lax', partitioned: false });
      expect(byName.get('p')).toEqual(partitioned);
      for (const record of ofServer) expect(byName.get(record.name)).toMatchObject(record);

      const session = new Session({ baseUrl: origin });
      expect(await session.cookies.import(back)).toEqual([]);
      expect(sentBy(await session.get('').text())).toEqual(
        [...pairs(records), 'new=1', 'p=1', 'session=2'].sort(),
      );
      await session.close();
    },
  );

  it.skipIf(executablePath === undefined)(
    'reads what context.cookies() of Playwright gives, which import() refuses by its field',
    { timeout: 60_000 },
    async () => {
      answer = (_, response) => {
        const lines = ['a=1; SameSite=Strict', 'b=2; Max-Age=86400; HttpOnly'];
        response.writeHead(200, { 'set-cookie': lines }).end();
      };
      const browser = await launchChromium();
      onTestFinished(() => browser.close());
      const context = await browser.newContext();
      await (await context.newPage()).goto(origin);
      const cookies = await context.cookies();
      expect(cookies.map(({ name, sameSite }) => [name, sameSite])).toEqual([
        ['a', 'Strict'],
        ['b', 'Lax'],
      ]);

      const session = new Session();
      onTestFinished(() => session.destroy());
      const refused = await session.cookies.import(cookies as never);
      expect(refused.map(({ record, rejected }) => [record, rejected])).toEqual(
        cookies.map((cookie) => [cookie, 'policy']),
      );
      for (const { problem } of refused)
        expect(problem).toMatch(/: sameSite must be strict, lax or none; fromStorageState/);
      expect(await session.cookies.import(fromStorageState({ cookies }))).toEqual([]);
      expect(await session.cookies.header(origin)).toBe('a=1; b=2');
    },
  );
});
