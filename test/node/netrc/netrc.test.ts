import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bearer, InvalidRequestError } from 'isosession';
import { netrc } from 'isosession/node';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { inProcess, open, rejection } from '../../support/contract.ts';
import { missing } from '../../support/real-servers.mjs';

const folder = mkdtempSync(join(tmpdir(), 'isosession-netrc-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A file that is its owner's alone. */
function fileOf(text: string, mode = 0o600): string {
  const path = join(folder, `netrc-${++files}`);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

/** A session whose response is the `authorization` that was sent, decoded. */
const echo = inProcess(({ headers }) => {
  const value = headers.get('authorization') ?? '';
  return new Response(value.startsWith('Basic ') ? atob(value.slice(6)) : value);
});

type Row = [title: string, file: string, url: string, sent: string, notByCurl?: string];

const ann = 'machine a.test login ann password secret';
const table: Row[] = [
  ['one line', ann, 'http://a.test/', 'ann:secret'],
  ['a line each', 'machine a.test\nlogin ann\npassword secret\n', 'http://a.test/', 'ann:secret'],
  ['tabs', 'machine\ta.test\tlogin\tann\tpassword\tsecret', 'http://a.test/', 'ann:secret'],
  ['CRLF', 'machine a.test\r\nlogin ann\r\npassword secret\r\n', 'http://a.test/', 'ann:secret'],
  [
    'indented lines',
    '  machine a.test\n\t login ann\n  password secret',
    'http://a.test/',
    'ann:secret',
  ],
  [
    'the password before the login',
    'machine a.test password secret login ann',
    'http://a.test/',
    'ann:secret',
  ],
  ['another host', ann, 'http://b.test/', ''],
  ['a host below it', ann, 'http://x.a.test/', ''],
  ['a host above it', 'machine x.a.test login ann password secret', 'http://a.test/', ''],
  ['a host that ends with it', ann, 'http://ba.test/', ''],
  ['a host that begins with it', ann, 'http://a.test.evil.test/', ''],
  [
    'a host in capitals in the file',
    'machine A.TEST login ann password secret',
    'http://a.test/',
    'ann:secret',
  ],
  ['a host in capitals in the URL', ann, 'http://A.Test/', 'ann:secret'],
  ['any port', ann, 'http://a.test:8080/', 'ann:secret'],
  ['any path', ann, 'http://a.test/x/y?z=1', 'ann:secret'],
  ['an address', 'machine 127.0.0.1 login ann password secret', 'http://127.0.0.1/', 'ann:secret'],
  ['another address', 'machine 127.0.0.1 login ann password secret', 'http://127.0.0.2/', ''],
  [
    'the second machine',
    `machine b.test login bob password b\n${ann}`,
    'http://a.test/',
    'ann:secret',
  ],
  [
    'the first of two',
    `${ann}\nmachine a.test login bob password b`,
    'http://a.test/',
    'ann:secret',
  ],
  [
    'default for another host',
    `${ann}\ndefault login any password thing`,
    'http://b.test/',
    'any:thing',
  ],
  [
    'a machine before default',
    `${ann}\ndefault login any password thing`,
    'http://a.test/',
    'ann:secret',
  ],
  ['default alone', 'default login any password thing', 'http://a.test/', 'any:thing'],
  [
    'a machine after default',
    `default login any password thing\n${ann}`,
    'http://a.test/',
    'any:thing',
  ],
  ['an empty file', '', 'http://a.test/', ''],
  ['blank lines alone', '\n \n\t\n', 'http://a.test/', ''],
  [
    'a comment before',
    `# machine a.test login x password y\n${ann}`,
    'http://a.test/',
    'ann:secret',
  ],
  [
    'an indented comment',
    `  # machine a.test login x password y\n${ann}`,
    'http://a.test/',
    'ann:secret',
  ],
  [
    'a password that begins with #',
    'machine a.test login ann password #1',
    'http://a.test/',
    'ann:#1',
    'It takes a # before any word for a comment.',
  ],
  ['a # within a password', 'machine a.test login ann password a#1', 'http://a.test/', 'ann:a#1'],
  [
    'a quoted password with blanks',
    'machine a.test login ann password "a b"',
    'http://a.test/',
    'ann:a b',
  ],
  [
    'a quote in a quoted password',
    'machine a.test login ann password "a\\"b"',
    'http://a.test/',
    'ann:a"b',
  ],
  [
    'a backslash in a quoted password',
    'machine a.test login ann password "a\\\\b"',
    'http://a.test/',
    'ann:a\\b',
  ],
  [
    'a backslash without quotes',
    'machine a.test login ann password a\\b',
    'http://a.test/',
    'ann:a\\b',
  ],
  [
    'a quote within a password',
    'machine a.test login ann password a"b',
    'http://a.test/',
    'ann:a"b',
  ],
  [
    'a quoted login',
    'machine a.test login "an n" password secret',
    'http://a.test/',
    'an n:secret',
  ],
  ['a quoted host', 'machine "a.test" login ann password secret', 'http://a.test/', 'ann:secret'],
  ['a colon in the password', 'machine a.test login ann password a:b', 'http://a.test/', 'ann:a:b'],
  ['a login alone', 'machine a.test login ann', 'http://a.test/', 'ann:'],
  ['a machine alone', 'machine a.test', 'http://a.test/', ''],
  [
    'a password named machine',
    'machine a.test login ann password machine',
    'http://a.test/',
    'ann:machine',
  ],
  [
    'a login named password',
    'machine a.test login password password secret',
    'http://a.test/',
    'password:secret',
  ],
  [
    'an account',
    'machine a.test login ann account x password secret',
    'http://a.test/',
    'ann:secret',
  ],
  [
    'a macro before',
    `macdef init\nmachine a.test login x password y\n\n${ann}`,
    'http://a.test/',
    'ann:secret',
  ],
  [
    'a macro within a machine',
    `machine b.test login x password y\nmacdef init\nmachine a.test login x password y\n\n${ann}`,
    'http://a.test/',
    'ann:secret',
  ],
  ['a macro that never ends', `macdef init\n${ann}`, 'http://a.test/', ''],
  ['credentials in the URL', ann, 'http://bob:b@a.test/', 'bob:b'],
  [
    'a name in the URL',
    ann,
    'http://bob@a.test/',
    'bob:',
    "It adds the password of any login to the URL's name.",
  ],
  ['UTF-8', 'machine a.test login änn password €', 'http://a.test/', '\xc3\xa4nn:\xe2\x82\xac'],
  [
    'other words',
    'machine a.test protocol login ann password secret',
    'http://a.test/',
    'ann:secret',
  ],
];

test('the table has at least 40 rows', () => {
  expect(table.length).toBeGreaterThanOrEqual(40);
});

test.each(table)('%s', async (_title, text, url, sent) => {
  const file = fileOf(text);
  expect(
    await open({ transport: echo, auth: netrc(file) })
      .get(url)
      .text(),
  ).toBe(sent);
  expect(
    await open({ transport: echo })
      .get(url, { auth: netrc(file) })
      .text(),
  ).toBe(sent);
});

describe.skipIf(missing('curl') !== undefined)('curl', () => {
  let port = 0;
  beforeAll(async () => {
    const server = createServer(({ headers }, response) => {
      const [scheme, value = ''] = (headers.authorization ?? '').split(' ');
      response.end(scheme === 'Basic' ? Buffer.from(value, 'base64') : '');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    ({ port } = server.address() as AddressInfo);
    return () => void server.close();
  });

  // A fifth column says why curl is no judge.
  test.each(table.filter(([, , , , notByCurl]) => notByCurl === undefined))(
    'judges alike: %s',
    async (_title, text, url, sent) => {
      const { stdout } = await promisify(execFile)(
        'curl',
        [
          '-sS',
          '--netrc-optional',
          '--netrc-file',
          fileOf(text),
          '--connect-to',
          `::127.0.0.1:${port}`,
          url,
        ],
        { encoding: 'latin1', env: {} },
      );
      expect(stdout).toBe(sent);
    },
  );
});

describe('the file', () => {
  const ask = (auth = netrc()) => open({ transport: echo, auth }).get('http://a.test/').text();
  const setNetrc = (value: string | undefined, home = folder): void => {
    const { NETRC, HOME } = process.env;
    if (value === undefined) delete process.env.NETRC;
    else process.env.NETRC = value;
    process.env.HOME = home;
    onTestFinished(() => {
      if (NETRC === undefined) delete process.env.NETRC;
      else process.env.NETRC = NETRC;
      process.env.HOME = HOME;
    });
  };

  test('is a path, a URL, that of NETRC, or ~/.netrc, which need not be there', async () => {
    const file = fileOf(ann);
    expect(await ask(netrc(file))).toBe('ann:secret');
    expect(await ask(netrc(pathToFileURL(file)))).toBe('ann:secret');
    setNetrc(file);
    expect(await ask()).toBe('ann:secret');
    const home = mkdtempSync(join(folder, 'home-'));
    setNetrc(undefined, home);
    expect(await ask()).toBe('');
    writeFileSync(join(home, '.netrc'), ann, { mode: 0o600 });
    expect(await ask()).toBe('ann:secret');
  });

  test('that is named has to be there', async () => {
    const error = await rejection(ask(netrc('/nowhere/netrc')), InvalidRequestError);
    expect(error.message).toContain('/nowhere/netrc');
    setNetrc('/nowhere/netrc-of-the-environment');
    await rejection(ask(), InvalidRequestError);
  });

  test.each([0o604, 0o640, 0o620, 0o601, 0o644])(
    'A12: of mode %o is refused, with the mend',
    async (mode) => {
      const file = fileOf(ann, mode);
      const error = await rejection(ask(netrc(file)), InvalidRequestError);
      expect(error.message).toContain(`chmod 600 ${file}`);
      expect(error.message).not.toContain('secret');
      chmodSync(file, 0o600);
      expect(await ask(netrc(file))).toBe('ann:secret');
    },
  );

  test.each([
    ['a folder', folder],
    ['a machine without a name', 'machine'],
    ['a quote that never ends', `${ann}\nmachine b.test\nlogin b password "canary`],
    ['more than 1 MiB', `#${' '.repeat(2 ** 20)}`],
  ])('that is %s is a typed error without what is in it', async (_title, text) => {
    const path = text === folder ? folder : fileOf(text);
    chmodSync(path, text === folder ? 0o700 : 0o600);
    const error = await rejection(ask(netrc(path)), InvalidRequestError);
    expect(error.message).toContain(path);
    expect(error.message).not.toContain('canary');
  });

  test('is read again for a later call', async () => {
    const file = fileOf(ann);
    const auth = netrc(file);
    expect(await ask(auth)).toBe('ann:secret');
    writeFileSync(file, ann.replace('secret', 'changed'));
    expect(await ask(auth)).toBe('ann:changed');
  });
});

test("A12: goes nowhere but to its own host, also between a session's origins", async () => {
  const file = fileOf(`${ann}\nmachine b.test login bob password b`);
  const targets: Record<string, string> = {
    'http://a.test/same': 'http://a.test/end',
    'http://a.test/b': 'http://b.test/end',
    'http://a.test/c': 'http://c.test/end',
  };
  const seen: string[] = [];
  const transport = inProcess(({ url, headers }) => {
    const value = headers.get('authorization');
    seen.push(`${url.host} ${value ? atob(value.slice(6)) : ''}`);
    const location = targets[url.href];
    return location ? new Response(null, { status: 302, headers: { location } }) : new Response();
  });
  const options = { transport, auth: netrc(file), baseUrl: 'http://a.test/' };
  const all = open({ ...options, origins: ['http://b.test', 'http://c.test'] });
  for (const path of ['same', 'b', 'c']) await all.get(path);
  await open(options).get('b');
  expect(seen).toEqual([
    'a.test ann:secret',
    'a.test ann:secret',
    'a.test ann:secret',
    'b.test bob:b',
    'a.test ann:secret',
    'c.test ',
    'a.test ann:secret',
    'b.test ',
  ]);
});

test("a call's own header and auth stay", async () => {
  const file = fileOf(ann);
  const session = open({ transport: echo, auth: netrc(file) });
  const headers = { authorization: 'Own header' };
  expect(await session.get('http://a.test/', { headers }).text()).toBe('Own header');
  expect(await session.get('http://a.test/', { auth: bearer('t') }).text()).toBe('Bearer t');
  expect(await session.get('http://a.test/', { auth: null }).text()).toBe('');
  expect(
    await open({ transport: echo })
      .get('http://a.test/', { headers, auth: netrc(file) })
      .text(),
  ).toBe('Own header');
});
