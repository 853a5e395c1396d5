import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidRequestError } from 'isosession';
import { netrc } from 'isosession/node';
import { afterAll, expect, test } from 'vitest';
import { inProcess, open, rejection } from '../../support/contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'isosession-netrc-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(text: string): string {
  const path = join(folder, 'netrc');
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A session whose response is the `authorization` that was sent. */
const echo = inProcess(({ headers }) => new Response(headers.get('authorization')));
const ask = (path: string) =>
  open({ transport: echo, auth: netrc(path) })
    .get('http://a.test/')
    .text();

test.skipIf(process.platform === 'win32')(
  'A12: a pipe is refused, and not waited for',
  async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '600', path]);
    const { message } = await rejection(ask(path), InvalidRequestError);
    expect(message).toContain(`${path} is no file`);
  },
);

test('the null device says that there are no logins', async () => {
  expect(await ask(devNull)).toBe('');
});

test.each([
  ['a colon in the login', 'machine a.test login a:canary password p'],
  ['a line break in the password', String.raw`machine a.test login a password "canary\n"`],
  ['a line break in the login', String.raw`default login "canary\n" password p`],
])('%s is an error that names file and host, and no secret', async (_title, text) => {
  const path = fileOf(text);
  const { message } = await rejection(ask(path), InvalidRequestError);
  expect(message).toContain(path);
  expect(message).toContain('a.test');
  expect(message).not.toContain('canary');
});

test("without an entry, the session's own authorization goes where it may", async () => {
  const seen: [string, string | null][] = [];
  const transport = inProcess(({ url, headers }) => {
    seen.push([url.href, headers.get('authorization')]);
    const location = url.searchParams.get('to');
    return location ? new Response(null, { status: 302, headers: { location } }) : new Response();
  });
  const session = open({
    transport,
    baseUrl: 'http://a.test/',
    origins: ['http://b.test'],
    headers: { authorization: 'Own' },
    auth: netrc(fileOf('machine b.test login bob password b')),
  });
  const bob = `Basic ${btoa('bob:b')}`;
  for (const to of ['/end', 'http://b.test/?to=http://a.test/end', 'http://c.test/'])
    await session.get('/', { searchParams: { to } });
  expect(seen.map(([url, value]) => [new URL(url).host, value])).toEqual([
    ['a.test', 'Own'],
    ['a.test', 'Own'],
    ['a.test', 'Own'],
    ['b.test', bob],
    ['a.test', 'Own'],
    ['a.test', 'Own'],
    ['c.test', null],
  ]);
});
